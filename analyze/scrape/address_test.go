package scrape

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParse(t *testing.T) {
	const std = "/debug/pprof"
	for in, want := range map[string]Address{
		"localhost:6060":                     {Name: "localhost:6060", Scheme: "http", Host: "localhost:6060", Pprof: std},
		":6060":                              {Name: "localhost:6060", Scheme: "http", Host: "localhost:6060", Pprof: std},
		"[::1]:6060":                         {Name: "[::1]:6060", Scheme: "http", Host: "[::1]:6060", Pprof: std},
		"localhost:6060/debug/pprof/":        {Name: "localhost:6060/debug/pprof/", Scheme: "http", Host: "localhost:6060", Pprof: std},
		"http://h:1":                         {Name: "http://h:1", Scheme: "http", Host: "h:1", Pprof: std},
		"https://h/":                         {Name: "https://h/", Scheme: "https", Host: "h:443", Pprof: std},
		"http://h/base/":                     {Name: "http://h/base/", Scheme: "http", Host: "h:80", Prefix: "/base", Pprof: "/base" + std},
		"http://h:1/b/debug/pprof/goroutine": {Name: "http://h:1/b/debug/pprof/goroutine", Scheme: "http", Host: "h:1", Prefix: "/b", Pprof: "/b" + std},
		"http://h:1/debug/pprof/goroutine?debug=2": {
			Name: "http://h:1/debug/pprof/goroutine", Scheme: "http", Host: "h:1", Pprof: std},
		"http://h:1/admin/prof/goroutine?debug=2": {
			Name: "http://h:1/admin/prof/goroutine", Scheme: "http", Host: "h:1", Pprof: "/admin/prof"},
		"http://user:secret@h:1/?token=t#f": {Name: "http://h:1/", Scheme: "http", Host: "h:1", Pprof: std},
		"unix:/run/a.sock":                  {Name: "unix:/run/a.sock", Scheme: "unix", Host: "/run/a.sock", Pprof: std},
		"docker:web":                        {Name: "docker:web", Scheme: "docker", Host: "web", Pprof: std},
		"docker:web:6060":                   {Name: "docker:web:6060", Scheme: "docker", Host: "web:6060", Pprof: std},
		"docker:web:6060/admin/prof/goroutine": {
			Name: "docker:web:6060/admin/prof/goroutine", Scheme: "docker", Host: "web:6060", Pprof: "/admin/prof"},
		"unix:///run/a.sock": {Name: "unix:///run/a.sock", Scheme: "unix", Host: "/run/a.sock", Pprof: std},
		"pid:4711":           {Name: "pid:4711", Scheme: "pid", Host: "4711", PID: 4711},
	} {
		got, err := Parse(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Address{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
		if strings.Contains(got.Target().URL, "secret") {
			t.Errorf("%s: the recording's target holds the password: %s", in, got.Target().URL)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, words := range map[string]string{
		"":                                  "empty",
		"6060":                              "no host",
		"example.com":                       "port is missing",
		"host:http":                         "malformed",
		"host:0":                            `port is "0"`,
		"host:70000":                        `port is "70000"`,
		"http://":                           "host is missing",
		"ftp://h:1":                         `scheme "ftp"`,
		"http://u:secret@h:1/%z":            "malformed",
		"pid:0":                             "not the number of a process",
		"pid:12x":                           "not the number of a process",
		"pid:":                              "not the number of a process",
		"pid:99999999999":                   "not the number of a process",
		"docker:":                           "container's name is missing",
		"docker::6060":                      "container's name is missing",
		"docker:web:":                       `port is ""`,
		"docker:web:http":                   `port is "http"`,
		"docker:web:70000":                  `port is "70000"`,
		"docker:web/debug/pprof":            "a path belongs to a port",
		"@list.json":                        "file of targets",
		"unix:":                             "path of the socket is missing",
		"unix:/" + strings.Repeat("x", 108): "109 bytes long",
		"host:1\n":                          "control character",
		"host:1 x":                          "space",
		"http://h\u202e:1":                  "control character",
	} {
		_, err := Parse(in)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), words) || e.Hint() == "" {
			t.Errorf("%q: got %v with hint %q, want an error that says %q, with a hint", in, err, hintOf(err), words)
			continue
		}
		if strings.Contains(e.Error(), "secret") || strings.ContainsAny(e.Error(), "\n\x1b\u202e") {
			t.Errorf("%q: the error shows what it must not: %q", in, e.Error())
		}
	}
}

// TestSocketPath: the longest path that the system allows is taken.
func TestSocketPath(t *testing.T) {
	longest := "/" + strings.Repeat("x", socketPathMax()-1)
	if _, err := Parse("unix:" + longest); err != nil {
		t.Error(err)
	}
	if _, err := Parse("unix:" + longest + "x"); err == nil {
		t.Error("one byte more was taken")
	}
}

func TestParseAll(t *testing.T) {
	file := filepath.Join(t.TempDir(), "targets.json")
	write(t, file, `[{"targets":["a:1","b:2"],"labels":{"job":"api"}},{"targets":["c:3"],"labels":{"__scheme__":"https"}}]`)
	list, err := ParseAll([]string{"a:1", "@" + file, "http://a:1/debug/pprof/heap"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range list {
		got = append(got, a.Scheme+" "+a.Host+" "+a.Labels["job"])
	}
	// a:1 is there three times and taken once, as first named.
	if diff := cmp.Diff([]string{"http a:1 ", "http b:2 api", "https c:3 "}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTargetsFileRefused(t *testing.T) {
	dir := t.TempDir()
	for content, words := range map[string]string{
		`{"targets":[]}`:             "line 1: it holds one object where a list belongs",
		`[]`:                         "names no target",
		`[{"targets":["nope"]}]`:     "port is missing",
		`[{"targets":["@again"]}]`:   "cannot name another",
		`[{"targets":["a:1"]`:        "unexpected end",
		"targets:\n- not JSON, YAML": "invalid character",
	} {
		file := filepath.Join(dir, "t.json")
		write(t, file, content)
		if _, err := ParseAll([]string{"@" + file}); err == nil || !strings.Contains(err.Error(), words) || hintOf(err) == "" {
			t.Errorf("%s: got %v (hint %q), want it to say %q", content, err, hintOf(err), words)
		}
	}
	if _, err := ParseAll([]string{"@" + filepath.Join(dir, "none")}); err == nil || hintOf(err) == "" {
		t.Errorf("a missing file: %v", err)
	}
}

// FuzzParse: whatever is typed, an address can be used and nothing of a password shows.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"localhost:6060", "http://u:p@h/x", "unix:/a", "@f", "[::1]:1", "pid:1", "h:1/debug/pprof/trace?x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Errorf("the error of %q has more than one line: %q", s, err)
			}
			return
		}
		if a.Host == "" || !strings.HasPrefix(a.Pprof+"/", "/") || a.Name == "" {
			t.Errorf("%q gives %+v", s, a)
		}
		if _, err := New(a, Options{}); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	})
}

func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
