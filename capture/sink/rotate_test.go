package sink_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// everything is what the rotated files of path hold, the oldest first, and then it.
func everything(t *testing.T, path string) []string {
	t.Helper()
	var all []string
	for _, name := range append(rotatedFiles(t, path), filepath.Base(path)) {
		whole := filepath.Join(t.TempDir(), "whole")
		if err := os.WriteFile(whole, unpacked(t, filepath.Join(filepath.Dir(path), name)), 0o600); err != nil {
			t.Fatal(err)
		}
		all = append(all, messages(t, whole)...)
	}
	return all
}

func rotatedFiles(t *testing.T, path string) []string {
	t.Helper()
	return slices.DeleteFunc(list(t, filepath.Dir(path)), func(name string) bool {
		return !strings.HasPrefix(name, filepath.Base(path)+".")
	})
}

func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	switch filepath.Ext(path) {
	case ".gz":
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	case ".zst":
		z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		r = z
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRotationBySize(t *testing.T) {
	for _, compress := range []string{"none", "gzip", "zstd"} {
		t.Run(compress, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.log")
			s := intoUnclosed(t, path+"#rotate=4KiB&compress="+compress, func() time.Time { return time.Unix(0, at(0)) })
			if got := s.Limits().Bytes; got != 1024 {
				t.Errorf("wants %d bytes in one Write", got)
			}
			var want []string
			for i := range 40 {
				text := strings.Repeat(string(rune('a'+i%26)), 900)
				want = append(want, text)
				write(t, s, batch(app(), text))
			}
			ending := map[string]string{"none": "", "gzip": ".gz", "zstd": ".zst"}[compress]
			waitFor(t, "compressed files", func() bool {
				names := rotatedFiles(t, path)
				return len(names) == 9 && !slices.ContainsFunc(names, func(n string) bool { return filepath.Ext(n) != ending && ending != "" })
			})
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			same(t, "messages", want, everything(t, path))
			if first := rotatedFiles(t, path)[0]; first != "x.log.20261124T080000.000"+ending {
				t.Errorf("the first rotated file is %s", first)
			}
		})
	}
}

func TestRotationByAge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	now := time.Unix(0, at(0))
	clock := func() time.Time { return now }
	s := intoUnclosed(t, path+"#max-age=1h", clock)
	write(t, s, batch(app(), "1"))
	now = now.Add(59 * time.Minute)
	write(t, s, batch(app(), "2"))
	now = now.Add(time.Minute)
	write(t, s, batch(app(), "3"))
	now = now.Add(-time.Minute) // a clock that steps back rotates nothing
	write(t, s, batch(app(), "4"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, "files", []string{"x.log.20261124T090000.000"}, rotatedFiles(t, path))
	// After a restart the file is as old as its last line.
	if err := os.Chtimes(path, now, now); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	s = intoUnclosed(t, path+"#max-age=1h", clock)
	write(t, s, batch(app(), "5"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, "files", []string{"x.log.20261124T090000.000", "x.log.20261124T095900.000"}, rotatedFiles(t, path))
	same(t, "messages", []string{"1", "2", "3", "4", "5"}, everything(t, path))
}

func TestOnlySomeAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	strange := []string{"x.log.1", "x.log.20261124", "x.log.99999999T999999.999", "x.log.20200101T000000.000.bak", "y.log.20200101T000000.000"}
	for _, name := range append(strange, "x.log.20200101T000000.000") {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := into(t, path+"#rotate=1KiB&keep=2")
	for i := range 6 {
		write(t, s, batch(app(), strings.Repeat(string(rune('1'+i)), 1000)))
	}
	waitFor(t, "removal", func() bool { return len(list(t, filepath.Dir(path))) == len(strange)+3 })
	for _, name := range strange {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), name)); err != nil {
			t.Errorf("not ours: %v", err)
		}
	}
	if got := messages(t, path); got[0][0] != '6' {
		t.Errorf("the file holds %.9s", got)
	}
}

// A collector that ended in the middle of compressing leaves a part, or both forms.
func TestCompressingGoesOnAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	line := `{"time":"2026-11-24T08:00:00.000000000Z","source":"file","name":"n","message":"old"}` + "\n"
	for name, text := range map[string]string{
		".20261124T080000.000": line, ".20261124T080000.000.gz.part": "part",
		".20261124T080001.000": line, ".20261124T080001.000.zst": "whole",
	} {
		if err := os.WriteFile(path+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := into(t, path+"#rotate=1MiB&compress=gzip")
	write(t, s, batch(app(), "new"))
	want := []string{"x.log.20261124T080000.000.gz", "x.log.20261124T080001.000.zst"}
	waitFor(t, "compressed files", func() bool { return slices.Equal(want, rotatedFiles(t, path)) })
	same(t, "compressed", line, string(unpacked(t, path+".20261124T080000.000.gz")))
}

// Close does not wait for a large file to be compressed; nothing of it is lost.
func TestCloseEndsCompressing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	if err := os.WriteFile(path+".20261124T080000.000", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path+".20261124T080000.000", 1<<30); err != nil {
		t.Fatal(err)
	}
	s := intoUnclosed(t, path+"#rotate=1MiB&compress=gzip", nil)
	waitFor(t, "compressing", func() bool { return len(list(t, filepath.Dir(path), ".part")) == 1 })
	began := time.Now()
	if err := s.Close(); err != nil || time.Since(began) > 2*time.Second {
		t.Errorf("closed after %v: %v", time.Since(began), err)
	}
	if info, err := os.Stat(path + ".20261124T080000.000"); err != nil || info.Size() != 1<<30 {
		t.Errorf("the rotated file: %v, %v", info, err)
	}
	same(t, "parts", []string(nil), list(t, filepath.Dir(path), ".part"))
}
