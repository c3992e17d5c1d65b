package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// What a file may have: the parser's memory grows with the square of the depth, and an alias can stand for many.
const (
	mostBytes   = 256 << 10
	mostFlow    = 32  // [ and { in one another
	mostIndent  = 200 // columns before a list item or a complex key
	mostAliases = 1000
)

// tree is the document of a file.
type tree struct {
	file    string
	body    ast.Node // nil when there is nothing in it
	anchors map[string]ast.Node
	aliases int
	errs    []error
}

// parse reads the text as YAML. An error is one of its form.
func parse(file string, text []byte) (t *tree, err error) {
	fail := func(at Place, hint, format string, args ...any) (*tree, error) {
		return nil, Errors{{file, at, fmt.Sprintf(format, args...), hint}}
	}
	if len(text) > mostBytes {
		return fail(Place{}, "", "it has %d bytes, and a configuration may have %d", len(text), mostBytes)
	}
	if at, ok := notText(text); ok {
		return fail(at, "write it in UTF-8", "it is not a text")
	}
	defer func() { // the parser is somebody else's, and the collector that reloads must go on
		if p := recover(); p != nil {
			t, err = fail(Place{}, "", "it cannot be read as YAML: %v", p)
		}
	}()
	if at, ok := tooDeep(string(text)); ok {
		return fail(at, "", "it is nested too deeply")
	}
	doc, err := parser.ParseBytes(text, 0)
	if err != nil {
		var syntax yaml.Error
		if !errors.As(err, &syntax) {
			return fail(Place{}, "", "%v", err)
		}
		var at Place
		if tk := syntax.GetToken(); tk != nil && tk.Position != nil {
			at = placeOf(tk)
		}
		text := syntax.GetMessage()
		return fail(at, syntaxHint(text), "%s", text)
	}
	t = &tree{file: file, anchors: map[string]ast.Node{}}
	for _, d := range doc.Docs {
		if d.Body == nil {
			continue
		}
		if t.body != nil {
			return fail(placeOf(d.Body.GetToken()), "one file is one configuration: take the --- out", "a second document begins here")
		}
		t.body = d.Body
		ast.Walk(visitor(t.anchored), d.Body)
	}
	return t, nil
}

// syntaxHint is the next step for what people write most often.
func syntaxHint(text string) string {
	switch {
	case strings.Contains(text, "already defined"):
		return "a key can be there once in a section"
	case strings.Contains(text, "'\t'"):
		return "YAML is indented with spaces"
	case strings.Contains(text, "reserved character"), strings.Contains(text, "escape character"), strings.Contains(text, "not allowed in this context"):
		return "put the value between single quotes"
	}
	return ""
}

// notText finds the first byte that is no UTF-8, or a NUL.
func notText(text []byte) (Place, bool) {
	at := Place{1, 1}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n == 1, r == 0:
			return at, true
		case r == '\n':
			at = Place{at.Line + 1, 0}
		}
		at.Column++
		i += n
	}
	return at, false
}

// tooDeep finds where more is nested than any configuration has.
func tooDeep(text string) (Place, bool) {
	flow := 0
	for _, tk := range lexer.Tokenize(text) {
		switch tk.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType:
			if tk.Position.Column > mostIndent {
				return placeOf(tk), true
			}
		case token.MappingValueType:
			if flow == 0 && tk.Prev != nil && tk.Prev.Position.Column > mostIndent {
				return placeOf(tk), true
			}
		}
		if flow > mostFlow {
			return placeOf(tk), true
		}
	}
	return Place{}, false
}

type visitor func(ast.Node)

func (v visitor) Visit(n ast.Node) ast.Visitor {
	v(n)
	return v
}

func (t *tree) anchored(n ast.Node) {
	if a, ok := n.(*ast.AnchorNode); ok && a.Name != nil {
		name := a.Name.GetToken().Value
		if _, twice := t.anchors[name]; twice {
			t.errorf(placeOf(a.GetToken()), "", "&%s is there twice", name)
		}
		t.anchors[name] = a.Value
	}
}

// plain is the node itself, behind anchors, aliases and tags; nil for an error, which is noted.
func (t *tree) plain(n ast.Node) ast.Node {
	for {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.TagNode:
			if tag := v.GetToken().Value; !strings.HasPrefix(tag, "!!") {
				t.errorf(placeOf(v.GetToken()), "", "the tag %s means nothing here", tag)
				return nil
			}
			n = v.Value
		case *ast.AliasNode:
			name := v.Value.GetToken().Value
			to, ok := t.anchors[name]
			at := placeOf(v.GetToken())
			if !ok {
				t.errorf(at, "* begins an alias: put a value that begins with it between quotes", "there is no &%s", name)
				return nil
			}
			if t.aliases++; t.aliases > mostAliases {
				if t.aliases == mostAliases+1 {
					t.errorf(at, "", "aliases stand for too much, or for themselves")
				}
				return nil
			}
			n = to
		default:
			return n
		}
		if n == nil {
			return nil
		}
	}
}

func (t *tree) errorf(at Place, hint, format string, args ...any) {
	t.errs = append(t.errs, &Error{t.file, at, fmt.Sprintf(format, args...), hint})
}

func placeOf(tk *token.Token) Place {
	if tk == nil || tk.Position == nil {
		return Place{}
	}
	return Place{tk.Position.Line, tk.Position.Column}
}

// begin is where a node begins: that of a mapping is its first key.
func begin(n ast.Node) Place {
	switch v := n.(type) {
	case *ast.MappingNode:
		if len(v.Values) > 0 && !v.IsFlowStyle {
			return begin(v.Values[0])
		}
	case *ast.MappingValueNode:
		return placeOf(v.Key.GetToken())
	}
	if n == nil {
		return Place{}
	}
	return placeOf(n.GetToken())
}
