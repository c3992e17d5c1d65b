package commands

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/config"
)

// The examples can be used as they are, and the one of all keys has every key of every kind.
func TestExampleConfiguration(t *testing.T) {
	for _, file := range []string{"../docs/logcap.example.yaml", "../docs/all-containers.yaml"} {
		o := &captureOptions{streams: &streams{lookup: func(string) (string, bool) { return "", false }}, config: file}
		o.flags(newRoot(o.streams).Flags())
		o.config = file
		if _, err := o.readConfig(); err != nil {
			t.Error(err)
		}
	}
	text := read(t, "../docs/logcap.example.yaml")
	for _, path := range unmentioned(text) {
		t.Errorf("the example does not have %s", path)
	}
	if len(unmentioned("")) < 60 {
		t.Errorf("nothing has %v", unmentioned(""))
	}
}

// Whichever key is taken out of the example, that is noticed: the test above can fail.
func TestExampleWithoutAKey(t *testing.T) {
	text := read(t, "../docs/logcap.example.yaml")
	for path := range wanted() {
		parts := strings.Split(path, ".")
		name := parts[len(parts)-1]
		line := regexp.MustCompile(`(?m)^([ #-]*)` + name + `:.*$`)
		if missing := unmentioned(line.ReplaceAllString(text, "${1}x_"+name+":")); !slices.Contains(missing, path) {
			t.Errorf("without %s there are missing %v", path, missing)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wanted are the paths of all keys, those of kinds as sinks.http.url; what every sink has is wanted of one of them.
func wanted() map[string]bool {
	all := map[string]bool{}
	for _, k := range captureKeys() {
		all[k.Name] = true
		for _, sub := range k.Keys {
			all[k.Name+"."+sub.Name] = true
		}
		for _, kind := range k.Kinds {
			for _, sub := range kind.Keys {
				if sub.Type != config.Sub {
					all[k.Name+"."+kind.Name+"."+sub.Name] = true
					continue
				}
				all[k.Name+".*."+sub.Name] = true
				for _, below := range sub.Keys {
					all[k.Name+".*."+sub.Name+"."+below.Name] = true
				}
			}
		}
	}
	return all
}

var exampleKey = regexp.MustCompile(`^( *)(# )?(- )?([a-z_]+):( |$)(.*)`)

// unmentioned are the wanted keys that a configuration in block style does not have, commented out or not.
func unmentioned(text string) []string {
	type place struct {
		indent int
		name   string
	}
	var way []place
	kinds := map[string]string{} // of sections, by their paths
	var paths []string
	items := 0
	for line := range strings.Lines(text) {
		m := exampleKey.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		indent := len(m[1])
		if m[3] != "" {
			items++
			for len(way) > 0 && way[len(way)-1].indent >= indent {
				way = way[:len(way)-1]
			}
			way = append(way, place{indent, fmt.Sprint("item", items)})
			indent += 2
		}
		for len(way) > 0 && way[len(way)-1].indent >= indent {
			way = way[:len(way)-1]
		}
		way = append(way, place{indent, m[4]})
		var names []string
		for _, p := range way {
			names = append(names, p.name)
		}
		path := strings.Join(names, ".")
		paths = append(paths, path)
		if m[4] == "type" {
			kind, _, _ := strings.Cut(m[6], " ")
			kinds[strings.Join(names[:len(names)-1], ".")] = kind
		}
	}
	missing := wanted()
	for _, path := range paths {
		delete(missing, path)
		parts := strings.Split(path, ".")
		if len(parts) < 3 {
			continue
		}
		section := strings.Join(parts[:2], ".")
		rest := "." + strings.Join(parts[2:], ".")
		delete(missing, parts[0]+rest) // of a list without kinds
		delete(missing, parts[0]+"."+kinds[section]+rest)
		delete(missing, parts[0]+".*"+rest)
	}
	var all []string
	for path := range missing {
		all = append(all, path)
	}
	slices.Sort(all)
	return all
}

// The reference has the keys of the schema, with their types and defaults, and nothing that is none.
func TestReferenceOfConfiguration(t *testing.T) {
	want := map[string][]string{}
	rows := func(heading, prefix string, keys []config.Key) {
		for _, k := range keys {
			if k.Type != config.Sub && len(k.Kinds) == 0 && k.Name != "routes" {
				want[heading] = append(want[heading], fmt.Sprintf("`%s` | %s | %s", prefix+k.Name, typeWords(k), defaultWords(k)))
			}
		}
	}
	rows("The collector", "", captureKeys())
	for _, k := range captureKeys() {
		if k.Type == config.Sub || k.Name == "routes" {
			rows(map[string]string{"state": "The collector", "admin": "The collector", "routes": "routes"}[k.Name], map[string]string{"state": "state.", "admin": "admin."}[k.Name], k.Keys)
		}
		for _, kind := range k.Kinds {
			rows(k.Name+": "+kind.Name, "", kind.Keys)
		}
	}
	for _, k := range sinkSections()[0].Keys {
		rows("every sink", k.Name+".", k.Keys)
	}
	got := map[string][]string{}
	heading := ""
	for line := range strings.Lines(read(t, "../docs/configuration.md")) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "##") {
			heading = title
		}
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| `") && heading != "Reload" {
			if len(cells) != 4 || strings.TrimSuffix(strings.TrimSpace(cells[3]), "|") == "" {
				t.Errorf("%s: a row is key, type, default, meaning: %s", heading, line)
				continue
			}
			got[heading] = append(got[heading], strings.TrimPrefix(strings.Join(cells[:3], " | "), "| "))
		}
	}
	for _, all := range []map[string][]string{want, got} {
		for _, rows := range all {
			slices.Sort(rows)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration.md (-schema +reference):\n%s", diff)
	}
}

func typeWords(k config.Key) string {
	text := map[config.Type]string{
		config.Text: "text", config.Bool: "true or false", config.Number: "number", config.Size: "size",
		config.Duration: "duration", config.Texts: "list", config.Pairs: "names and texts",
	}[k.Type]
	if len(k.Choices) == 0 {
		return text
	}
	choices := strings.Join(k.Choices, ", ")
	if k.Type == config.Texts {
		return "list of " + choices
	}
	return choices
}

func defaultWords(k config.Key) string {
	switch {
	case k.Required:
		return "required"
	case k.Default != "":
		return k.Default
	}
	return ""
}
