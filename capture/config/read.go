package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Read reads the text of a file. The error is Errors: all mistakes that there are.
func (r *Reader) Read(file string, text []byte) (*Section, error) {
	t, err := parse(file, text)
	if err != nil {
		return nil, err
	}
	s := r.section(t, t.body, r.Keys, &Section{Place: Place{1, 1}, file: file})
	if err := Join(file, t.errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// section reads the keys of a mapping into s.
func (r *Reader) section(t *tree, n ast.Node, keys []Key, s *Section) *Section {
	entries, ok := r.entries(t, n, s.path)
	if !ok {
		return s
	}
	var known []string
	for i := range keys {
		known = append(known, keys[i].Name)
	}
	if s.Kind != "" {
		known = append(known, typeKey)
	}
	meant := map[string]bool{} // by a key that is none
	for _, e := range entries {
		if !slices.Contains(known, e.name) {
			meant[r.near(e.name, known)] = true
			t.errorf(e.at, r.keyHint(e.name, known, s.path), "there is no key %q%s", e.name, in(s.path))
		}
	}
	groups := map[string]*value{}
	for i := range keys {
		k := &keys[i]
		e := find(entries, k.Name)
		if e == nil && meant[k.Name] {
			continue // it is not missing
		}
		v := r.read(t, e, k, s)
		s.vals = append(s.vals, v)
		if k.Group == "" || v.from == "" {
			continue
		}
		switch before := groups[k.Group]; {
		case before == nil:
			groups[k.Group] = v
		case flagged(before): // it wins over the file
			*v = value{key: k}
		case flagged(v):
			*before = value{key: before.key}
			groups[k.Group] = v
		default:
			t.errorf(v.Place, "take one of them", "%s and %s%s each say the same", before.key.Name, k.Name, in(s.path))
		}
	}
	return s
}

func flagged(v *value) bool { return v.Line == 0 && v.from != "default" }

func in(path string) string {
	if path == "" {
		return ""
	}
	return " in " + path
}

func (r *Reader) keyHint(name string, known []string, path string) string {
	if near := r.near(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	if path == "" {
		path = "a configuration"
	}
	return "the keys of " + path + " are " + strings.Join(known, ", ")
}

// entry is one key of a mapping and its value.
type entry struct {
	name string
	at   Place
	node ast.Node
}

func find(entries []entry, name string) *entry {
	for i := range entries {
		if entries[i].name == name {
			return &entries[i]
		}
	}
	return nil
}

// entries are the keys of a mapping; nothing is an empty one.
func (r *Reader) entries(t *tree, n ast.Node, path string) ([]entry, bool) {
	if n == nil {
		return nil, true
	}
	at := begin(n)
	var values []*ast.MappingValueNode
	switch v := t.plain(n).(type) {
	case nil:
		return nil, false // it was told
	case *ast.NullNode:
		return nil, true
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{v}
	default:
		if path == "" {
			path = "a configuration"
		}
		t.errorf(at, "", "%s has keys and values, and this is %s", path, what(v))
		return nil, false
	}
	var all []entry
	for _, v := range values {
		if v.Key == nil || v.Key.GetToken() == nil {
			continue
		}
		at := placeOf(v.Key.GetToken())
		if v.Key.IsMergeKey() {
			t.errorf(at, "write the keys out", "merged keys (<<) are not read")
			continue
		}
		name, ok := scalar(v.Key)
		if !ok {
			t.errorf(at, "", "a key is one word, and this is %s", what(v.Key))
			continue
		}
		all = append(all, entry{name, at, v.Value})
	}
	return all, true
}

// what is a node in words.
func what(n ast.Node) string {
	switch n.(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a section"
	case *ast.NullNode:
		return "nothing"
	}
	return "a value"
}

// scalar is the text of a node that is one value, as it was written.
func scalar(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// read is the value of one key: that of the flag, of the file or the default.
func (r *Reader) read(t *tree, e *entry, k *Key, s *Section) *value {
	v := &value{key: k}
	path := join(s.path, k.Name)
	if text, from, ok := r.given(k); ok {
		v.from = from
		switch out, err := r.normal(k, text); {
		case k.Type == Texts:
			for one := range strings.SplitSeq(text, ",") {
				v.items = append(v.items, item{text: strings.TrimSpace(one), from: from})
			}
		case err != nil:
			t.errs = append(t.errs, &Error{from, Place{}, err.Error(), hintOf(err)})
		default:
			v.text = out
		}
		return v
	}
	if e == nil {
		switch {
		case k.Required:
			t.errorf(s.Place, "", "%s is missing", path)
		case k.Default != "":
			v.text, v.from = k.Default, "default"
		case k.Type == Sub: // its keys have defaults, or flags
			v.sections = []*Section{r.section(t, nil, k.Keys, &Section{Place: s.Place, file: s.file, path: path})}
		}
		return v
	}
	v.Place, v.from = e.at, line(e.at)
	before := len(t.errs)
	switch k.Type {
	case Sub:
		v.sections = []*Section{r.section(t, e.node, k.Keys, &Section{Place: e.at, file: s.file, path: path})}
	case Named:
		entries, _ := r.entries(t, e.node, path)
		for _, sub := range entries {
			if k.Check != nil {
				if err := k.Check(sub.name); err != nil {
					t.errorf(sub.at, hintOf(err), "%s: %v", path, err)
				}
			}
			v.sections = append(v.sections, r.kind(t, sub.node, k, &Section{Place: sub.at, Name: sub.name, file: s.file, path: join(path, sub.name)}))
		}
	case Steps:
		for i, n := range r.list(t, e, path) {
			v.sections = append(v.sections, r.kind(t, n, k, &Section{Place: begin(n), file: s.file, path: join(path, "["+strconv.Itoa(i+1)+"]")}))
		}
	case Texts:
		v.items = r.texts(t, e, k, path)
	case Pairs:
		entries, _ := r.entries(t, e.node, path)
		for _, one := range entries {
			if text, from, ok := r.text(t, one.node, one.at, k, join(path, one.name)); ok {
				v.items = append(v.items, item{one.at, one.name, text, from})
			}
		}
	default:
		var ok bool
		if v.text, v.from, ok = r.text(t, e.node, e.at, k, path); !ok {
			v.text = ""
		}
	}
	if k.Required && len(t.errs) == before && (k.Type == Texts || k.Type == Named || k.Type == Steps) && len(v.items)+len(v.sections) == 0 {
		t.errorf(e.at, "", "%s is empty", path)
	}
	return v
}

func line(at Place) string { return "line " + strconv.Itoa(at.Line) }

// kind reads a section whose type says which keys it has.
func (r *Reader) kind(t *tree, n ast.Node, k *Key, s *Section) *Section {
	if len(k.Kinds) == 0 {
		return r.section(t, n, k.Keys, s)
	}
	entries, ok := r.entries(t, n, s.path)
	if !ok {
		return s
	}
	var kinds []string
	for _, kind := range k.Kinds {
		kinds = append(kinds, kind.Name)
	}
	name := s.Name
	if e := find(entries, typeKey); e != nil {
		if name, s.from, ok = r.text(t, e.node, e.at, &Key{Choices: kinds}, join(s.path, typeKey)); !ok {
			return s
		}
	} else if !slices.Contains(kinds, name) {
		t.errorf(s.Place, "add type: "+oneOf(kinds), "%s has no type", s.path)
		return s
	} else {
		s.from = "default"
	}
	s.Kind = name
	return r.section(t, n, k.Kinds[slices.Index(kinds, name)].Keys, s)
}
