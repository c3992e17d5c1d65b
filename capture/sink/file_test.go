package sink_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/sink/sinktest"
)

// into makes a file sink for spec, which the test closes.
func into(t *testing.T, spec string) *sink.File {
	t.Helper()
	s := intoUnclosed(t, spec, nil)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// intoWith is into with so many files open at once.
func intoWith(t *testing.T, spec string, open int) *sink.File {
	t.Helper()
	o, err := sink.ParseFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	o.MaxOpen = open
	s, err := sink.NewFile(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func intoUnclosed(t *testing.T, spec string, now func() time.Time) *sink.File {
	t.Helper()
	o, err := sink.ParseFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	o.Now = now
	s, err := sink.NewFile(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t *testing.T, s sink.Sink, batches ...*record.Batch) {
	t.Helper()
	if err := s.Write(t.Context(), batches); err != nil {
		t.Fatal(err)
	}
}

// messages are those of the JSON lines in a file.
func messages(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	if err := sinktest.DecodeLines(text, func(l sinktest.Line) error {
		got = append(got, l.Message)
		return nil
	}); err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return got
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestFileAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "x.log")
	for _, text := range []string{"1", "2"} {
		s := intoUnclosed(t, path+"#sync=true", nil)
		write(t, s, batch(app(), text), batch(web(), text))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "messages", []string{"1", "1", "2", "2"}, messages(t, path))
}

func TestFileAsText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	write(t, into(t, path+"#format=text"), batch(app(), "one", "", "bytes \xff\x00", "two\nlines"))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "text", "one\n\nbytes \xff\x00\ntwo\nlines\n", string(text))
}

// What another process left without its newline is not glued to the next line; what of ours was torn is taken away.
func TestFileEndsWithAWholeLine(t *testing.T) {
	tests := []struct{ name, options, left, want string }{
		{"foreign", "#format=text", "foreign", "foreign\nx\n"},
		{"foreign JSON", "", "{}", "{}\n+"},
		{"ours, torn", "", "whole\n" + `{"time":"2026-11-24T08:00`, "whole\n+"},
		{"ours, torn, long", "", `{"time":"` + strings.Repeat("x", 300_000), "+"},
		{"whole", "", "whole\n", "whole\n+"},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "x.log")
		if err := os.WriteFile(path, []byte(tt.left), 0o600); err != nil {
			t.Fatal(err)
		}
		write(t, into(t, path+tt.options), batch(app(), "x"))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		const line = `{"time":"2026-11-24T08:00:00.000000000Z","source":"file","name":"/var/log/app.log","message":"x"}` + "\n"
		same(t, tt.name, strings.Replace(tt.want, "+", line, 1), string(text))
	}
}

func TestFileIsOpenedAgain(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"deleted":  os.Remove,
		"renamed":  func(path string) error { return os.Rename(path, path+".moved") },
		"replaced": func(path string) error { return errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600)) },
		"emptied":  func(path string) error { return os.Truncate(path, 0) },
		"without its folder": func(path string) error {
			return os.RemoveAll(filepath.Dir(path))
		},
		"with another folder": func(path string) error {
			dir := filepath.Dir(path)
			return errors.Join(os.Rename(dir, dir+".moved"), os.Mkdir(dir, 0o700))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "dir", "x.log")
			s := into(t, path)
			write(t, s, batch(app(), "1"))
			if err := change(path); err != nil {
				t.Fatal(err)
			}
			write(t, s, batch(app(), "2"))
			write(t, s, batch(app(), "3"))
			same(t, "messages", []string{"2", "3"}, messages(t, path))
		})
	}
}

func TestFileMistakes(t *testing.T) {
	dir := t.TempDir()
	locked := filepath.Join(dir, "locked")
	into(t, locked)
	for spec, want := range map[string][2]string{
		dir:                        {"open " + dir + ": it is a directory", "{name}.log"},
		locked:                     {"open " + locked + ": another process is writing to it", "files of its own"},
		filepath.Join(locked, "x"): {"make folder " + locked + ": not a directory", ""},
		"/dev/full":                {"open /dev/full: it is a device, not a regular file", "stdout sink"},
	} {
		o, err := sink.ParseFile(spec)
		if err != nil {
			t.Fatal(err)
		}
		_, err = sink.NewFile(o)
		mistake(t, spec, err, want)
	}
}

// mistake says that err is one line with these words and that hint.
func mistake(t *testing.T, what string, err error, want [2]string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	hint := ""
	if h, ok := err.(interface{ Hint() string }); ok {
		hint = h.Hint()
	}
	if err.Error() != want[0] || !strings.Contains(hint, want[1]) || strings.Contains(err.Error(), "\n") || (want[1] == "") != (hint == "") {
		t.Errorf("%s: got %q, hint %q\nwant %q, hint with %q", what, err, hint, want[0], want[1])
	}
}

func TestFilesOfTemplates(t *testing.T) {
	dir := t.TempDir()
	s := intoWith(t, dir+"/{date}/{source}-{name}.{stream}.log", 2)
	b := &record.Batch{Origin: web()}
	for i, r := range []record.Record{{Time: at(0), Stream: record.Stdout}, {Time: at(1), Stream: record.Stderr}, {Time: at(2), Stream: record.Stdout}, {Time: at(16 * 3600e9), Stream: record.Stdout}, {Time: -1}} {
		b.Append(r, []byte{byte('0' + i)})
	}
	for range 2 {
		write(t, s, b, batch(app(), "a"), b)
	}
	got := map[string]string{}
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			got[filepath.ToSlash(rel)] = strings.Join(messages(t, path), "")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	same(t, "files", map[string]string{
		"2026-11-24/docker-web-1.stdout.log":       "02020202",
		"2026-11-24/docker-web-1.stderr.log":       "1111",
		"2026-11-25/docker-web-1.stdout.log":       "3333",
		"1969-12-31/docker-web-1.none.log":         "4444",
		"2026-11-24/file-var_log_app.log.none.log": "aa",
	}, got)
}

func TestOwnFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.log")
	s := into(t, path+"#rotate=1KiB&compress=gzip&keep=2")
	for range 6 {
		write(t, s, batch(app(), strings.Repeat("x", 1000)))
	}
	waitFor(t, "tidy files", func() bool { return len(list(t, dir)) == 3 && len(list(t, dir, ".gz")) == 2 })
	other := filepath.Join(dir, "other.log")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range list(t, dir) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if want := name != "other.log"; s.Owns(info) != want {
			t.Errorf("owns %s: %v", name, !want)
		}
	}
	if n := len(s.Files()); n != 3 {
		t.Errorf("knows %d files: %q", n, s.Files())
	}
}

// list are the names in dir, with one of these endings if there are any.
func list(t *testing.T, dir string, endings ...string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		for _, ending := range append(endings, "")[:max(1, len(endings))] {
			if strings.HasSuffix(e.Name(), ending) {
				names = append(names, e.Name())
			}
		}
	}
	return names
}

// waitFor waits for what another goroutine does.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no %s after 10 s", what)
		}
	}
}
