package config_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/logcap/logcap/capture/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write what came out into testdata")

// keys are like those of a collector, one of each type.
func keys() []config.Key {
	even := func(text string) error {
		if len(text)%2 == 1 {
			return errors.New("it is odd")
		}
		return nil
	}
	return []config.Key{
		{Name: "state", Type: config.Sub, Keys: []config.Key{{Name: "dir", Flag: "state"}, {Name: "keep", Type: config.Number, Default: "2"}}},
		{Name: "drain_timeout", Type: config.Duration, Default: "10s", Flag: "drain-timeout"},
		{Name: "follow", Type: config.Bool, Default: "true"},
		{Name: "memory", Type: config.Size, Default: "8MiB"},
		{Name: "secret", Mask: func(string) string { return "***" }},
		{Name: "even", Type: config.Texts, Check: even},
		{Name: "sources", Type: config.Named, Required: true, Kinds: []config.Kind{
			{Name: "docker", Keys: []config.Key{{Name: "read", Choices: []string{"auto", "api"}, Default: "auto"}}},
			{Name: "file", Keys: []config.Key{
				{Name: "paths", Type: config.Texts, Required: true},
				{Name: "since", Group: "start", Flag: "since"},
				{Name: "tail", Type: config.Number, Group: "start", Flag: "tail"},
			}},
			{Name: "null"},
		}},
		{Name: "routes", Type: config.Steps, Keys: []config.Key{{Name: "attributes", Type: config.Pairs}, {Name: "otherwise", Type: config.Bool}}},
	}
}

func reader(flags map[string]string) *config.Reader {
	return &config.Reader{
		Keys: keys(),
		Lookup: func(name string) (string, bool) {
			v, ok := map[string]string{"DIR": "/var/lib/x", "EMPTY": "", "N": "7", "TRICKY": "a: b # c ${DIR}!"}[name]
			return v, ok
		},
		Given: func(flag string) (string, string, bool) {
			v, ok := flags[flag]
			return v, "--" + flag, ok
		},
		Near: func(word string, known []string) string {
			for _, k := range known { // a letter more or less
				if len(word) > 2 && (strings.HasPrefix(k, word) || strings.HasPrefix(word, k) || sorted(word) == sorted(k)) {
					return k
				}
			}
			return ""
		},
	}
}

func sorted(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

const good = `# A comment.
state: {dir: "${DIR}/state"}
follow: false
secret: hush
even:
  - ab
  - "${TRICKY}"
sources:
  web:
    type: file
    paths: '/srv/*.log'
    tail: ${N}
  docker:
routes:
  - attributes: {tier: 'front*', "on": x}
  - otherwise: true
`

func TestEffective(t *testing.T) {
	s, err := reader(map[string]string{"drain-timeout": "60m"}).Read("x.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	got := s.Effective()
	golden(t, "effective.yaml", got)
	again, err := reader(nil).Read("y.yaml", []byte(strings.ReplaceAll(got, "'***'", "hush")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Fingerprint(), again.Fingerprint()); diff != "" {
		t.Errorf("read again (-first +again):\n%s", diff)
	}
	web := s.All("sources")[0]
	if web.Name != "web" || web.Kind != "file" || web.Number("tail") != 7 || web.Has("since") || !slices.Equal(web.Texts("paths"), []string{"/srv/*.log"}) {
		t.Errorf("web is %+v", web)
	}
	if s.Size("memory") != 8<<20 || s.Bool("follow") || s.Duration("drain_timeout").Hours() != 1 || s.Sub("state").Text("dir") != "/var/lib/x/state" {
		t.Error("a value is another one")
	}
	if got := s.All("routes")[0].Pairs("attributes"); got["on"] != "x" || got["tier"] != "front*" {
		t.Errorf("pairs %v", got)
	}
	if got := s.Texts("even")[1]; got != "a: b # c ${DIR}!" {
		t.Errorf("what a variable holds was read as %q", got)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// A flag wins over the file, also when it is another one of its group.
func TestFlagsWin(t *testing.T) {
	s, err := reader(map[string]string{"since": "10m"}).Read("x.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if web := s.All("sources")[0]; web.Has("tail") || web.Text("since") != "10m" {
		t.Errorf("the start is %s", web.Fingerprint())
	}
	_, err = reader(map[string]string{"drain-timeout": "soon"}).Read("x.yaml", []byte(good))
	if err == nil || err.Error() != `--drain-timeout: "soon" is no duration` {
		t.Errorf("error %v", err)
	}
}

func TestMistakes(t *testing.T) {
	const sources = "sources: {docker: {}}\n"
	for _, tt := range []struct{ name, text, want, hint string }{
		{"a key", sources + "stat:\n  dir: x\n", `x:2:1: there is no key "stat"`, "did you mean state?"},
		{"a key below", sources + "state:\n  dri: x\n", `x:3:3: there is no key "dri" in state`, "did you mean dir?"},
		{"a key of another kind", "sources:\n  docker:\n    paths: x\n", `x:3:5: there is no key "paths" in sources.docker`, "the keys of sources.docker are read, type"},
		{"a choice", "sources:\n  docker:\n    read: aut\n", `x:3:11: sources.docker.read: there is no "aut"`, "did you mean auto?"},
		{"a kind", "sources:\n  web:\n    type: flie\n", `x:3:11: sources.web.type: there is no "flie"`, "did you mean file?"},
		{"no kind", "sources:\n  web:\n    paths: x\n", `x:2:3: sources.web has no type`, "add type: docker, file or null"},
		{"missing", "follow: true\n", "x:1:1: sources is missing", ""},
		{"missing below", "sources:\n  file: {}\n", "x:2:3: sources.file.paths is missing", ""},
		{"empty", "sources:\n  file:\n    paths: []\n", "x:3:5: sources.file.paths is empty", ""},
		{"empty sections", "sources:\n", "x:1:1: sources is empty", ""},
		{"nothing at all", "", "x:1:1: sources is missing", ""},
		{"a bool", sources + "follow: yes\n", `x:2:9: follow: "yes" is neither true nor false`, "write true"},
		{"a duration", sources + "drain_timeout: 10\n", `x:2:16: drain_timeout: "10" is no duration`, "say of what: 10s, 10m or 10h"},
		{"a size", sources + "memory: 8 megs\n", `x:2:9: memory: "8 megs" is no size`, "write for example 64KiB or 100MiB (kB, KiB, MB, MiB, GB, GiB)"},
		{"a number", sources + "state: {keep: -1}\n", `x:2:15: state.keep: "-1" is no whole number from 0 on`, ""},
		{"a check", sources + "even:\n  - ab\n  - abc\n", "x:4:5: even: it is odd", ""},
		{"a list for a value", sources + "follow: [true]\n", "x:2:9: follow: it is one value, and this is a list", ""},
		{"a value for a section", sources + "state: x\n", "x:2:8: state has keys and values, and this is a value", ""},
		{"a value for a list", sources + "routes: x\n", "x:2:1: routes is a list, and this is a value", "begin each with - "},
		{"no value", sources + "memory:\n", "x:2:9: memory: it has no value", "take the key out, or put the word between quotes"},
		{"two of a group", "sources:\n  file: {paths: x, tail: 1, since: 1m}\n", "x:2:20: since and tail in sources.file each say the same", "take one of them"},
		{"a variable", sources + "state:\n  dir: a/${NONE}\n", "x:3:8: state.dir: variable NONE is not set", "set it, or write ${NONE:-default}"},
		{"a variable's name", sources + "state:\n  dir: ${1}\n", "x:3:8: state.dir: ${1} is no name of a variable", "write ${NAME} or ${NAME:-default}, and $${ for the two characters"},
		{"a variable's end", sources + "state:\n  dir: ${A\n", "x:3:8: state.dir: ${ has no }", "write $${ for the two characters"},
		{"twice", sources + "follow: true\nfollow: true\n", `x:3:1: mapping key "follow" already defined at [2:1]`, "a key can be there once in a section"},
		{"a tab", "sources:\n\tdocker:\n", "x:2:1: found character '\t' that cannot start any token", "YAML is indented with spaces"},
		{"two documents", sources + "---\nfollow: true\n", "x:3:7: a second document begins here", "one file is one configuration: take the --- out"},
		{"no alias", "sources: {file: {paths: [*.log]}}\n", `x:1:26: there is no &.log`, "* begins an alias: put a value that begins with it between quotes"},
		{"merged keys", "sources:\n  docker: &d {read: api}\n  other:\n    <<: *d\n    type: docker\n", "x:4:5: merged keys (<<) are not read", "write the keys out"},
		{"a tag", sources + "follow: !bool true\n", "x:2:9: the tag !bool means nothing here", ""},
		{"no text", "sources:\n  \xff", "x:2:3: it is not a text", "write it in UTF-8"},
		{"a list", "- x\n", "x:1:1: a configuration has keys and values, and this is a list", ""},
		{"huge", strings.Repeat("#", 256<<10+1), "x: it has 262145 bytes, and a configuration may have 262144", ""},
		{"deep", strings.Repeat("[", 100), "x:1:33: it is nested too deeply", ""},
		{"deep lists", strings.Repeat("- ", 200), "x:1:201: it is nested too deeply", ""},
		{"an alias of itself", "sources: &a {docker: *a}\n", `x:1:14: there is no key "docker" in sources.docker`, "the keys of sources.docker are read, type"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := reader(nil).Read("x", []byte(tt.text))
			var all config.Errors
			if !errors.As(err, &all) {
				t.Fatalf("error %v", err)
			}
			if all[0].Error() != tt.want || all[0].Hint() != tt.hint {
				t.Errorf("got  %s\n     %s\nwant %s\n     %s", all[0], all[0].Hint(), tt.want, tt.hint)
			}
		})
	}
	_, err := reader(nil).Read("x", []byte("follow: 1\nmemory: x\na: b\n"))
	var all config.Errors
	if errors.As(err, &all); len(all) != 4 || err.Error() != fmt.Sprintf("%v (and 3 more)", all[0]) {
		t.Errorf("all mistakes are %v", all)
	}
}

func TestExpansion(t *testing.T) {
	for text, want := range map[string]string{
		"${DIR}":              "/var/lib/x",
		"a${N}b${N}":          "a7b7",
		"${NONE:-x}":          "x",
		"${EMPTY:-x}":         "x",
		"${EMPTY}":            "",
		"${NONE:-}":           "",
		"$${DIR}":             "${DIR}",
		"x$$${DIR}":           "x$${DIR}",
		"^foo$ $1 $$ $N {N}":  "^foo$ $1 $$ $N {N}",
		"${NONE:-a:-b c$d {}": "a:-b c$d {",
	} {
		s, err := reader(nil).Read("x", fmt.Appendf(nil, "sources: {docker: {}}\nsecret: '%s'\n", text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := s.Text("secret"); got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
}

// Whatever is written, every mistake has its place in the text, and what is
// right says the same when what is in force is read again.
func FuzzRead(f *testing.F) {
	f.Add(good)
	f.Add("sources: {docker: &a {read: api}, file: {paths: [a, *a]}}")
	f.Add("sources:\n  file:\n    paths: |\n      a\n      b\nsecret: \"\\u00e9\\n$${\"\n")
	f.Add("? x\n: y\n")
	f.Add(strings.Repeat("{a: ", 40))
	f.Fuzz(func(t *testing.T, text string) {
		r := reader(nil)
		r.Keys[4].Mask = nil
		s, err := r.Read("x", []byte(text))
		if err != nil {
			var all config.Errors
			if !errors.As(err, &all) || len(all) == 0 {
				t.Fatalf("error %T", err)
			}
			for _, e := range all {
				if e.Line > strings.Count(text, "\n")+strings.Count(text, "\r")+2 || e.Line < 0 || e.Column < 0 {
					t.Errorf("%v is beyond the text", e)
				}
			}
			return
		}
		out := s.Effective()
		again, err := r.Read("y", []byte(out))
		if err != nil {
			t.Fatalf("read again: %v\n%s", err, out)
		}
		if diff := cmp.Diff(s.Fingerprint(), again.Fingerprint()); diff != "" {
			t.Errorf("read again (-first +again):\n%s\n%s", diff, out)
		}
	})
}
