package config

import (
	"errors"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

var errNothing = errors.New("it has no value")

// list are the nodes of a list.
func (r *Reader) list(t *tree, e *entry, path string) []ast.Node {
	switch v := t.plain(e.node).(type) {
	case nil, *ast.NullNode:
	case *ast.SequenceNode:
		return v.Values
	default:
		t.errorf(e.at, "begin each with - ", "%s is a list, and this is %s", path, what(v))
	}
	return nil
}

// texts are those of a list, or the one that stands for a list of it.
func (r *Reader) texts(t *tree, e *entry, k *Key, path string) []item {
	nodes := []ast.Node{e.node}
	if seq, ok := t.plain(e.node).(*ast.SequenceNode); ok {
		nodes = seq.Values
	}
	var all []item
	for _, n := range nodes {
		at := begin(n)
		if text, from, ok := r.text(t, n, at, k, path); ok {
			all = append(all, item{Place: at, text: text, from: from})
		}
	}
	return all
}

// text is one value, with its variables in place and checked.
func (r *Reader) text(t *tree, n ast.Node, at Place, k *Key, path string) (text, from string, ok bool) {
	fail := func(err error) {
		if n != nil && begin(n).Line > 0 {
			at = begin(n)
		}
		t.errorf(at, hintOf(err), "%s: %v", path, err)
	}
	from = line(at)
	plain := t.plain(n)
	if plain == nil && n != nil {
		return "", from, false // it was told
	}
	if plain == nil {
		fail(errNothing)
		return "", from, false
	}
	if _, null := plain.(*ast.NullNode); null && !slices.Contains(k.Choices, plain.GetToken().Value) {
		fail(hinted{errNothing, "take the key out, or put the word between quotes"})
		return "", from, false
	}
	text, isText := scalar(plain)
	if !isText {
		fail(fmt.Errorf("it is one value, and this is %s", what(plain)))
		return "", from, false
	}
	text, names, err := expand(text, r.Lookup)
	if err == nil {
		text, err = r.normal(k, text)
	}
	if err != nil {
		fail(err)
		return "", from, false
	}
	for _, name := range names {
		from += ", ${" + name + "}"
	}
	return text, from, true
}
