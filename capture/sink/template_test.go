package sink_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// written are the files below dir, with slashes.
func written(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	if err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestNamesStayBelowTheRoot(t *testing.T) {
	for name, want := range map[string]string{
		"web-1":                     "web-1.log",
		"../../etc/x":               "etc_x.log",
		"/etc/passwd":               "etc_passwd.log",
		"..":                        "_.log",
		".":                         "_.log",
		"":                          "none.log",
		"/":                         "_.log",
		".hidden":                   "hidden.log",
		`C:\logs\x`:                 "C__logs_x.log",
		"nul\x00 esc\x1b new\nline": "nul_ esc_ new_line.log",
		"bad \xff":                  "bad _.log",
		"{name}":                    "name_.log",
		strings.Repeat("ü", 200):    "21aa3fd1-" + strings.Repeat("ü", 40) + ".log",
	} {
		dir := t.TempDir()
		write(t, into(t, filepath.Join(dir, "logs", "{name}.log")), batch(&record.Origin{Name: name}, "x"))
		got := written(t, dir)
		if strings.HasPrefix(want, "21aa") && len(got) == 1 { // the sum stands before what is kept
			if !strings.HasSuffix(got[0], want[8:]) || len(got[0]) != len("logs/")+len(want) {
				t.Errorf("%q is written to %q", name, got)
			}
			continue
		}
		same(t, name, []string{"logs/" + want}, got)
	}
}

func TestNoLinkLeadsOutOfTheRoot(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(dir, "outside")
	if err := os.MkdirAll(filepath.Join(dir, "logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "logs", "web-1")); err != nil {
		t.Fatal(err)
	}
	s := into(t, filepath.Join(dir, "logs", "{name}"))
	err := s.Write(t.Context(), []*record.Batch{batch(app(), "good"), batch(web(), "evil")})
	if err == nil || !strings.Contains(err.Error(), "escapes") {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(outside); err != nil || len(text) > 0 {
		t.Errorf("outside: %q, %v", text, err)
	}
	same(t, "what the same Write wrote", []string{}, messages(t, filepath.Join(dir, "logs", "var_log_app.log")))
}

// A link in place of a file without a template was put there by somebody who can write the configuration's folder: it is followed.
func TestLinkToAFile(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there", "real.log")
	if err := os.Mkdir(filepath.Dir(there), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(there, filepath.Join(dir, "x.log")); err != nil {
		t.Fatal(err)
	}
	s := into(t, filepath.Join(dir, "x.log")+"#rotate=1KiB")
	write(t, s, batch(app(), strings.Repeat("1", 1000)))
	write(t, s, batch(app(), strings.Repeat("2", 1000)))
	if got := written(t, filepath.Dir(there)); len(got) != 2 || got[0] != "real.log" {
		t.Errorf("files: %q", got)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"../x", "a/b", "..\\..", "\x00", strings.Repeat("/..", 90), "con", "a:b", strings.Repeat("é", 300)} {
		f.Add(s, s)
	}
	dir := f.TempDir()
	s, err := sink.NewFile(sink.FileOptions{Path: filepath.Join(dir, "root", "{source}", "{name}-{id}")})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	f.Fuzz(func(t *testing.T, name, id string) {
		write(t, s, batch(&record.Origin{Source: id, Name: name, ID: id}, "x"))
		for _, path := range written(t, dir) {
			if parts := strings.Split(path, "/"); len(parts) != 3 || parts[0] != "root" {
				t.Errorf("%q and %q are written to %q", name, id, path)
			}
		}
		if err := os.RemoveAll(filepath.Join(dir, "root")); err != nil {
			t.Fatal(err)
		}
	})
}
