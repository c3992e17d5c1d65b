package process

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// pattern is a regular expression for lines. Most of those that say how an event
// begins are anchored and begin with characters or classes of them (^\d{4}-, ^\s, ^\[):
// these are compared byte by byte, and the expression is asked only
// when they fit and something comes behind them.
type pattern struct {
	head []set // what each of the first bytes can be
	all  bool  // the head is the whole pattern
	re   *regexp.Regexp
}

// set is a set of bytes.
type set [4]uint64

func (s *set) add(c byte)      { s[c>>6] |= 1 << (c & 63) }
func (s *set) has(c byte) bool { return s[c>>6]&(1<<(c&63)) != 0 }

// compile reads a pattern, in the syntax of Go (RE2).
func compile(text string) (*pattern, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		if wrong, ok := err.(*syntax.Error); ok {
			return nil, fmt.Errorf("%q is no regular expression: %s: %q", text, wrong.Code, wrong.Expr)
		}
		return nil, err
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	p := &pattern{re: re}
	parts := []*syntax.Regexp{tree}
	for len(parts) > 0 && (parts[0].Op == syntax.OpConcat || parts[0].Op == syntax.OpCapture) {
		parts = append(append([]*syntax.Regexp{}, parts[0].Sub...), parts[1:]...)
	}
	if len(parts) == 0 || parts[0].Op != syntax.OpBeginText {
		return p, nil
	}
	p.all = true
	for _, part := range parts[1:] {
		if !p.all {
			break
		}
		p.all = p.take(part)
	}
	return p, nil
}

// most is how many bytes are compared before the expression is asked.
const most = 64

// take adds what a part of the pattern begins with; whole when that is all of the part.
func (p *pattern) take(part *syntax.Regexp) (whole bool) {
	switch part.Op {
	case syntax.OpLiteral:
		// U+FFFD stands for any byte that is not UTF-8, too.
		if part.Flags&syntax.FoldCase != 0 || slices.Contains(part.Rune, utf8.RuneError) {
			return false
		}
		for _, c := range []byte(string(part.Rune)) {
			if len(p.head) == most {
				return false
			}
			var s set
			s.add(c)
			p.head = append(p.head, s)
		}
		return true
	case syntax.OpCharClass:
		return p.class(part.Rune)
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range part.Sub {
			if !p.take(sub) {
				return false
			}
		}
		return true
	case syntax.OpPlus:
		p.take(part.Sub[0])
	case syntax.OpRepeat:
		for range part.Min {
			if !p.take(part.Sub[0]) {
				return false
			}
		}
		return part.Max == part.Min
	}
	return false
}

// class adds one character of a class. Of those beyond ASCII only the first byte
// is looked at, and any will do: bytes that are not UTF-8 count as U+FFFD.
func (p *pattern) class(ranges []rune) (whole bool) {
	if len(p.head) == most {
		return false
	}
	var s set
	whole = true
	for i := 0; i < len(ranges); i += 2 {
		for c := ranges[i]; c <= min(ranges[i+1], 0x7f); c++ {
			s.add(byte(c))
		}
		if ranges[i+1] > 0x7f {
			whole = false
		}
	}
	if !whole {
		for c := 0x80; c <= 0xff; c++ {
			s.add(byte(c))
		}
	}
	p.head = append(p.head, s)
	return whole
}

func (p *pattern) match(line []byte) bool {
	if len(line) < len(p.head) {
		return false
	}
	for i := range p.head {
		if !p.head[i].has(line[i]) {
			return false
		}
	}
	return p.all || p.re.Match(line)
}
