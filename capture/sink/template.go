package sink

import (
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/logcap/logcap/capture/record"
)

// template is a path with placeholders. Root is the folder before the first of
// them; whatever they are filled with, the path stays below it.
type template struct {
	root    string // absolute
	parts   []part // of the path from root on
	literal bool   // there is no placeholder
	dated   bool   // {date} is there, so that the path depends on a record's time
	streams bool   // {stream} is there
}

// part is text as it is, or the name of a placeholder.
type part struct {
	text   string
	filled bool
}

func newTemplate(path string) (*template, error) {
	known := []string{"name", "source", "id", "stream", "date"}
	fail := func(text, hint string) (*template, error) {
		return nil, &SpecError{"file=" + path, text, hint}
	}
	first := strings.IndexByte(path, '{')
	dir := filepath.Dir(path)
	if first >= 0 {
		dir = filepath.Dir(path[:first] + "x")
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the folder of %s: %w", path, err)
	}
	t := &template{root: root, literal: first < 0}
	rest := path[max(0, strings.LastIndexFunc(path[:max(first, 0)], separator)+1):]
	if t.literal {
		rest = filepath.Base(path)
	}
	for rest != "" {
		text, more, found := strings.Cut(rest, "{")
		if text != "" {
			t.parts = append(t.parts, part{text, false})
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(more, "}")
		switch {
		case !closed:
			return fail("a { without its }", "")
		case !slices.Contains(known, name):
			hint := "placeholders are {" + strings.Join(known, "} {") + "}"
			if near := nearest(name, known); near != "" {
				hint = "did you mean {" + near + "}?"
			}
			return fail("unknown placeholder {"+name+"}", hint)
		}
		t.dated = t.dated || name == "date"
		t.streams = t.streams || name == "stream"
		t.parts = append(t.parts, part{name, true})
		rest = after
	}
	for element := range strings.FieldsFuncSeq(path[max(0, first):], separator) {
		if first >= 0 && element == ".." {
			return fail("a .. behind a placeholder", "write the folder out")
		}
	}
	return t, nil
}

// separator says that r parts folders here.
func separator(r rune) bool { return r == '/' || r == filepath.Separator }

// path is the file below the root for records of o with that stream, on the day of that Unix time in ns, UTC.
func (t *template) path(o *record.Origin, stream record.Stream, ns int64) string {
	var b strings.Builder
	for _, p := range t.parts {
		text := p.text
		if p.filled {
			switch p.text {
			case "name":
				text = element(o.Name)
			case "source":
				text = element(o.Source)
			case "id":
				text = element(o.ID)
			case "stream":
				text = element(stream.String())
			case "date":
				text = time.Unix(0, ns).UTC().Format(time.DateOnly)
			}
		}
		b.WriteString(text)
	}
	return filepath.Clean(filepath.FromSlash(b.String()))
}

// element makes a value into a part of a file name: no separators, nothing
// hidden, nothing that a file system or a shell takes for something else, and
// short enough to leave room for what stands beside it. What is empty is "none".
func element(value string) string {
	const longest = 80
	value = strings.ToValidUTF8(value, "_")
	s := strings.Map(func(r rune) rune {
		if separator(r) || !unicode.IsPrint(r) || strings.ContainsRune(`\/:*?"<>|{}`, r) {
			return '_'
		}
		return r
	}, value)
	s = strings.TrimRight(strings.TrimLeft(s, "_. "), ". ")
	switch {
	case s == "" && value == "":
		return "none"
	case s == "":
		return "_"
	case len(s) > longest: // the sum keeps those apart whose ends are the same
		sum := xxhash.Sum64String(value)
		at := len(s) - longest
		for !utf8.RuneStart(s[at]) {
			at++
		}
		return hex.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}) + "-" + s[at:]
	}
	return s
}
