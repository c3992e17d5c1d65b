package config

import (
	"encoding/json"
	"regexp"
	"strings"
)

// margin is the column before which comments do not begin.
const margin = 40

// Effective is the section as YAML that says of every value where it came from.
// Values that may hold secrets are masked. Unmasked values read again give the same.
func (s *Section) Effective() string {
	w := &writer{comments: true, mask: true}
	w.section(s, 0)
	return w.b.String()
}

// Fingerprint is the same for two sections that mean the same, wherever their values came from.
func (s *Section) Fingerprint() string {
	w := &writer{}
	w.line(0, "type: "+s.Kind, "")
	w.section(s, 0)
	return w.b.String()
}

type writer struct {
	b              strings.Builder
	comments, mask bool
}

// line writes one line, and where its value came from.
func (w *writer) line(depth int, text, from string) {
	text = strings.Repeat("  ", depth) + text
	w.b.WriteString(text)
	if w.comments && from != "" {
		w.b.WriteString(strings.Repeat(" ", max(2, margin-len(text))) + "# " + printable(from))
	}
	w.b.WriteByte('\n')
}

func (w *writer) section(s *Section, depth int) {
	for _, v := range s.vals {
		w.value(v, depth)
	}
}

func (w *writer) value(v *value, depth int) {
	name := v.key.Name + ":"
	switch v.key.Type {
	case Sub:
		if len(v.sections) > 0 && anything(v.sections[0]) {
			w.line(depth, name, v.from)
			w.section(v.sections[0], depth+1)
		}
	case Named, Steps:
		w.sections(v, depth)
	case Texts, Pairs:
		if v.from == "" {
			return
		}
		if len(v.items) == 0 {
			w.line(depth, name+map[Type]string{Texts: " []", Pairs: " {}"}[v.key.Type], v.from)
			return
		}
		w.line(depth, name, v.from)
		for _, i := range v.items {
			before := "- "
			if v.key.Type == Pairs {
				before = quote(i.name) + ": "
			}
			w.line(depth+1, before+w.shown(v.key, i.text), i.from)
		}
	default:
		if v.from != "" {
			w.line(depth, name+" "+w.shown(v.key, v.text), v.from)
		}
	}
}

// sections writes those of Named and Steps.
func (w *writer) sections(v *value, depth int) {
	if v.from == "" {
		return
	}
	if len(v.sections) == 0 {
		w.line(depth, v.key.Name+map[Type]string{Named: ": {}", Steps: ": []"}[v.key.Type], v.from)
		return
	}
	w.line(depth, v.key.Name+":", v.from)
	for _, s := range v.sections {
		if v.key.Type == Named {
			w.line(depth+1, quote(s.Name)+":"+map[bool]string{true: " {}"}[s.Kind == "" && !anything(s)], line(s.Place))
			w.typed(s, depth+2)
			w.section(s, depth+2)
			continue
		}
		inner := &writer{comments: w.comments, mask: w.mask}
		inner.typed(s, depth+2)
		inner.section(s, depth+2)
		at := 2 * (depth + 1)
		if text := inner.b.String(); text == "" {
			w.line(depth+1, "- {}", line(s.Place))
		} else {
			w.b.WriteString(text[:at] + "- " + text[at+2:])
		}
	}
}

func (w *writer) typed(s *Section, depth int) {
	if s.Kind != "" {
		w.line(depth, typeKey+": "+quote(s.Kind), s.from)
	}
}

// anything says that a section has a value.
func anything(s *Section) bool {
	for _, v := range s.vals {
		if v.from != "" || v.key.Type == Sub && len(v.sections) > 0 && anything(v.sections[0]) {
			return true
		}
	}
	return false
}

func (w *writer) shown(k *Key, text string) string {
	if w.mask && k.Mask != nil {
		text = k.Mask(text)
	}
	if k.Type != Text && k.Type != Texts && k.Type != Pairs {
		return text
	}
	return quote(strings.ReplaceAll(text, "${", "$${"))
}

// bare are texts that YAML takes for themselves.
var bare = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_/.@%+=-]*(:[A-Za-z0-9_/.@%+=-]+)*$`)

// reserved are words that YAML, or an older YAML, takes for something else.
var reserved = regexp.MustCompile(`^(?i:null|true|false|yes|no|on|off|y|n)$`)

// quote is a text as YAML has it on one line.
func quote(text string) string {
	if bare.MatchString(text) && !reserved.MatchString(text) {
		return text
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r > '~' }) {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	var b strings.Builder
	e := json.NewEncoder(&b) // JSON's strings are YAML's
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string always has a JSON form
	return strings.TrimSuffix(b.String(), "\n")
}

// printable keeps a comment on its line.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text)
}
