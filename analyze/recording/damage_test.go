package recording

import (
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// copyOf copies the recording's files into a folder of their own, with other dates.
func copyOf(t testing.TB, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func load(t testing.TB, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func save(t testing.TB, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// says fails unless one of the warnings holds the text.
func says(t testing.TB, r *Recording, text string) {
	t.Helper()
	if !strings.Contains(strings.Join(r.Warnings, "\n"), text) {
		t.Errorf("no warning says %q:\n%s", text, strings.Join(r.Warnings, "\n"))
	}
}

// readable counts the entries whose body comes back, and fails when one that
// is stated to be kept does not.
func readable(t testing.TB, r *Recording) int {
	t.Helper()
	n := 0
	for _, e := range r.Entries {
		_, err := r.Read(e)
		if (err == nil) != (e.Kept() || e.File == "") {
			t.Errorf("scrape %d, file %q, gone %q: %v", e.Seq, e.File, e.Gone, err)
		}
		if err == nil && e.File != "" {
			n++
		}
	}
	return n
}

// A kill can leave any beginning of the index. All eight bodies are there
// still, so all come back, with their times and counts.
func TestIndexCutAtEveryByte(t *testing.T) {
	whole := open(t, record(t, watch(t)))
	dir := copyOf(t, whole.Dir)
	index := load(t, dir, indexFile)
	lines := strings.Count(string(index), "\n")
	for n := range len(index) - 1 { // without its last newline alone the index is whole
		save(t, dir, indexFile, index[:n])
		r := open(t, dir)
		if readable(t, r) != 8 || r.Target != target {
			t.Fatalf("cut at %d: %d of 8 bodies, target %+v\n%s", n, readable(t, r), r.Target, strings.Join(r.Warnings, "\n"))
		}
		if len(r.Warnings) == 0 {
			t.Fatalf("cut at %d of %d bytes, %d lines: nothing is said", n, len(index), lines)
		}
		for _, e := range r.Entries {
			was := whole.Entries[e.Seq-1]
			// A profile itself does not say how long it took; a text's own note has no warnings.
			was.Warnings, e.Warnings, e.Recovered, was.Took, e.Took = nil, nil, false, 0, 0
			if d := cmp.Diff(was, e); d != "" {
				t.Fatalf("cut at %d: -was +recovered\n%s", n, d)
			}
		}
	}
}

// The last file may be short after a power failure, with its line or without.
func TestLastFileCutAtEveryByte(t *testing.T) {
	dir := record(t, watch(t))
	const last = "000009.goroutine.pb.gz"
	file, index := load(t, dir, last), load(t, dir, indexFile)
	lineless := index[:strings.LastIndex(strings.TrimSpace(string(index)), "\n")+1]
	for n := range len(file) {
		save(t, dir, last, file[:n])
		for _, c := range []struct {
			index []byte
			says  string
		}{{index, last + " is short; its count is known"}, {lineless, last + " has no intact line in index.jsonl and is damaged"}} {
			save(t, dir, indexFile, c.index)
			r := open(t, dir)
			says(t, r, c.says)
			if got := readable(t, r); got != 7 {
				t.Fatalf("cut at %d: %d of 7 bodies", n, got)
			}
			if d := cmp.Diff([]string{last}, r.Missing); d != "" {
				t.Fatalf("cut at %d: missing -want +got\n%s", n, d)
			}
		}
	}
}

func TestEachFileDeleted(t *testing.T) {
	dir := record(t, watch(t))
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != 10 {
		t.Fatalf("%d files", len(names))
	}
	for _, n := range names {
		t.Run(n.Name(), func(t *testing.T) {
			dir := copyOf(t, dir)
			if err := os.Remove(filepath.Join(dir, n.Name())); err != nil {
				t.Fatal(err)
			}
			r := open(t, dir)
			want := 7
			if n.Name() == targetFile || n.Name() == indexFile {
				want = 8
			}
			if got := readable(t, r); got != want {
				t.Errorf("%d bodies of %d", got, want)
			}
			says(t, r, n.Name()+" is missing")
			if d := cmp.Diff([]string{n.Name()}, r.Missing); d != "" {
				t.Errorf("missing -want +got\n%s", d)
			}
			if n.Name() != indexFile && (r.Target != target || len(r.Entries) != 9) {
				t.Errorf("target %+v, %d entries", r.Target, len(r.Entries))
			}
		})
	}
}

// A flipped byte in any file never hides: Open says so, or Read names the file.
func TestEachByteFlipped(t *testing.T) {
	dir := record(t, watch(t)[:3])
	whole := open(t, dir)
	for _, name := range []string{targetFile, indexFile, "000001.goroutine.pb.gz", "000002.stacks.txt.gz"} {
		intact := load(t, dir, name)
		for i := range intact {
			flipped := append([]byte(nil), intact...)
			flipped[i] ^= 0x10
			save(t, dir, name, flipped)
			r := open(t, dir)
			if len(r.Warnings) > 0 {
				continue
			}
			if name == indexFile || name == targetFile {
				// In target.json, white space may flip to white space's like only if it still reads the same.
				if name == indexFile || r.Target != whole.Target {
					t.Errorf("%s byte %d: nothing is said", name, i)
				}
				continue
			}
			bad := ""
			for _, e := range r.Entries {
				if _, err := r.Read(e); errors.Is(err, ErrDamaged) && strings.Contains(err.Error(), name) {
					bad = e.File
				}
			}
			if bad != name {
				t.Errorf("%s byte %d: read named %q", name, i, bad)
			}
		}
		save(t, dir, name, intact)
	}
}

func TestTornTarget(t *testing.T) {
	dir := record(t, watch(t))
	b := load(t, dir, targetFile)
	for n := range len(b) - 2 {
		save(t, dir, targetFile, b[:n])
		r := open(t, dir)
		says(t, r, "target.json is damaged")
		if r.Target != target {
			t.Fatalf("cut at %d: target %+v", n, r.Target)
		}
	}
}

// Whatever lies around the recording changes nothing in it: other dates, other
// folder, other files.
func TestCopyReadsTheSame(t *testing.T) {
	dir := record(t, watch(t))
	lineless := copyOf(t, dir)
	if err := os.Remove(filepath.Join(lineless, indexFile)); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, lineless} {
		a := open(t, dir)
		there := copyOf(t, dir)
		save(t, there, "notes.txt", []byte("mine"))
		long := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
		for _, e := range a.Entries {
			if e.File != "" {
				if err := os.Chtimes(filepath.Join(there, e.File), long, long); err != nil {
					t.Fatal(err)
				}
			}
		}
		b := open(t, there)
		b.Dir = a.Dir
		if d := cmp.Diff(a, b, cmp.AllowUnexported(Recording{})); d != "" {
			t.Errorf("-there +copy\n%s", d)
		}
		if d := cmp.Diff(a.Sources(), b.Sources()); d != "" {
			t.Errorf("sources -there +copy\n%s", d)
		}
	}
}

func TestNewerVersionIsRefused(t *testing.T) {
	newer := []byte(`{"schema":"logcap.recording/2","name":["other","shape"]}`)
	line, err := encodeLine(line{Schema: "logcap.recording/2", Target: &target})
	if err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string]map[string][]byte{
		"both":        {targetFile: newer, indexFile: line},
		"target only": {targetFile: newer, indexFile: nil},
		"index only":  {indexFile: line},
		"other index": {targetFile: newer, indexFile: []byte("\x00\x01binary\n")},
	} {
		dir := t.TempDir()
		for f, b := range files {
			save(t, dir, f, b)
		}
		_, err := Open(dir)
		var hinted interface{ Hint() string }
		if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "logcap.recording/2") || !errors.As(err, &hinted) || hinted.Hint() == "" {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := OpenAll(filepath.Dir(dir)); err != nil && !errors.Is(err, ErrNewer) && !errors.Is(err, ErrNotRecording) {
			t.Errorf("%s among others: %v", name, err)
		}
	}
}

func TestNotARecording(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "target.json", []byte(`{"schema":"other/1"}`))
	save(t, dir, "index.jsonl", []byte("{}\n"))
	for _, open := range []func(string) error{
		func(d string) error { _, err := Open(d); return err },
		func(d string) error { _, err := OpenAll(d); return err },
	} {
		if err := open(dir); !errors.Is(err, ErrNotRecording) {
			t.Errorf("another's files: %v", err)
		}
		if err := open(filepath.Join(dir, "no such")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("no folder: %v", err)
		}
	}
	if IsRecording(dir) || IsRecording(filepath.Join(dir, "target.json")) || !IsRecording(record(t, nil)) {
		t.Error("recordings are told wrong")
	}
}

// Hostile names: nothing outside the folder is read or claimed.
func TestFileNamesStayInside(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "000001.goroutine.pb.gz")
	save(t, filepath.Dir(outside), filepath.Base(outside), proto(t, began, 9))
	for _, file := range []string{"../" + filepath.Base(filepath.Dir(outside)) + "/000001.goroutine.pb.gz", outside, "..", "sub/000001.goroutine.pb.gz",
		`sub\000001.goroutine.pb.gz`, "000002.goroutine.pb.gz", "000001.stacks.txt.gz", "index.jsonl", "000001.goroutine.pb.gz\n"} {
		dir := record(t, nil)
		l, err := encodeLine(lineOf(Entry{Seq: 1, Kind: Goroutine, File: file, Time: began}))
		if err != nil {
			t.Fatal(err)
		}
		save(t, dir, indexFile, append(load(t, dir, indexFile), l...))
		r := open(t, dir)
		says(t, r, "index.jsonl line 2 is refused")
		if len(r.Entries) != 0 {
			t.Errorf("%q became %+v", file, r.Entries)
		}
		if _, err := r.Read(Entry{Seq: 1, Kind: Goroutine, File: file}); err == nil {
			t.Errorf("%q was read", file)
		}
	}
}

func TestSymlinksAreNotFollowed(t *testing.T) {
	dir := record(t, watch(t))
	outside := copyOf(t, dir)
	for _, name := range []string{"000001.goroutine.pb.gz", targetFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(outside, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	r := open(t, dir)
	says(t, r, "000001.goroutine.pb.gz is not a regular file")
	says(t, r, "target.json is damaged (\"target.json\" is not a regular file)")
	if readable(t, r) != 7 {
		t.Error("a link was read")
	}
	// Put in place after Open, it is refused as well.
	r.Entries[0].Gone = ""
	if _, err := r.Read(r.Entries[0]); err == nil {
		t.Error("a link was read")
	}
}

func TestGapsAndDuplicates(t *testing.T) {
	dir := record(t, nil)
	index := load(t, dir, indexFile)
	for _, seq := range []int{1, 3, 7, 7} {
		l, err := encodeLine(lineOf(Entry{Seq: seq, Kind: Goroutine, Time: began, Err: "refused"}))
		if err != nil {
			t.Fatal(err)
		}
		index = append(index, l...)
	}
	save(t, dir, indexFile, index)
	r := open(t, dir)
	want := []string{"index.jsonl line 5 is refused: scrape 7 is there already", "scrape 2 is not in the recording", "scrapes 4 to 6 are not in the recording"}
	if d := cmp.Diff(want, r.Warnings); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestWarningsAreBounded(t *testing.T) {
	dir := record(t, nil)
	save(t, dir, indexFile, append(load(t, dir, indexFile), strings.Repeat("x\n", 5000)...))
	r := open(t, dir)
	if n := len(r.Warnings); n != 201 {
		t.Errorf("%d warnings", n)
	}
	says(t, r, "4800 more warnings")
}

func TestUnfinishedFileIsNamed(t *testing.T) {
	dir := record(t, watch(t))
	save(t, dir, "000010.stacks.txt.gz.tmp", []byte{0x1f, 0x8b})
	r := open(t, dir)
	says(t, r, "000010.stacks.txt.gz.tmp was being written")
	if readable(t, r) != 8 {
		t.Error("the rest does not stand")
	}
}

// A recovered text without a note, as from another tool, has no time and says so.
func TestUnknownTime(t *testing.T) {
	dir := record(t, nil)
	w := &Writer{}
	b, err := w.gzip([]byte("goroutine 1 [running]:\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	save(t, dir, "000001.stacks.txt.gz", b)
	r := open(t, dir)
	says(t, r, "000001.stacks.txt.gz has no intact line in index.jsonl; it was recovered at an unknown time")
	if len(r.Entries) != 1 || !r.Entries[0].Time.IsZero() || !r.Start().IsZero() || !r.End().IsZero() {
		t.Errorf("entries %+v", r.Entries)
	}
}

func FuzzLine(f *testing.F) {
	for i, s := range watch(f) {
		b, err := encodeLine(lineOf(Entry{Seq: i + 1, Kind: s.Kind, File: nameOf(i+1, s.Kind, s.Body), Time: s.Time, Took: s.Took, Warnings: s.Warnings, Err: s.Err}))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:len(b)-crcLen-1])
	}
	f.Add([]byte(`{"thinned":[1,2`))
	f.Fuzz(func(t *testing.T, body []byte) {
		// The checksum is made right, so that what is behind it is reached.
		b := fmt.Appendf(append([]byte(nil), body...), "%s%08x\"}", crcMark, crc32.Checksum(body, castagnoli))
		l, err := decodeLine(b)
		if err != nil {
			return
		}
		e, err := l.entry()
		if err != nil {
			return
		}
		if strings.ContainsAny(e.File, `/\`) {
			t.Fatalf("file %q", e.File)
		}
		again, err := encodeLine(lineOf(e))
		if err != nil {
			t.Fatal(err)
		}
		l, err = decodeLine(again[:len(again)-1])
		if err != nil {
			t.Fatal(err)
		}
		e2, err := l.entry()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(e, e2); d != "" {
			t.Fatalf("-first +again\n%s", d)
		}
	})
}

// The loss of the index is one thing to say, however many files it held.
func TestManyFilesWithOneFlawAreOneWarning(t *testing.T) {
	o := opener{rec: &Recording{}}
	for _, name := range []string{"000001.goroutine.pb.gz", "000002.goroutine.pb.gz", "000003.goroutine.pb.gz", "000004.goroutine.pb.gz"} {
		o.warnFile(name, "is missing")
	}
	o.warnFile("000005.stacks.txt.gz", "is short")
	o.warnFiles()
	want := []string{"4 files, 000001.goroutine.pb.gz to 000004.goroutine.pb.gz: each is missing", "000005.stacks.txt.gz is short"}
	if diff := cmp.Diff(want, o.rec.Warnings); diff != "" {
		t.Error(diff)
	}
}
