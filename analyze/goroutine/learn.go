package goroutine

import (
	"bytes"
	"math/bits"
	"slices"
)

// rawFrame is the two lines of a frame, or of a creator, as a node compares them.
type rawFrame struct {
	name, pos []byte
	created   bool
	parent    bool
}

// rawName is a function's or creator's line up to what differs between goroutines.
func rawName(line []byte, created bool) rawFrame {
	if !created {
		return rawFrame{name: bytes.Clone(line[:bytes.LastIndexByte(line, '(')+1])}
	}
	raw := rawFrame{created: true}
	if i := bytes.Index(line, []byte(inGoroutine)); i > 0 && allDigits(line[i+len(inGoroutine):]) {
		raw.parent = true
		line = line[:i+len(inGoroutine)]
	}
	raw.name = bytes.Clone(line)
	return raw
}

const inGoroutine = " in goroutine "

func allDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	// A longer number would not fit and is not what the runtime prints.
	return len(b) > 0 && len(b) <= 19
}

// learn makes the goroutine that was read line by line known, so that the next
// one like it is matched.
func (t *trie) learn(tailText []byte, raw []rawFrame, stack int) {
	tl, _ := t.tail(tailText)
	if tl == nil {
		return
	}
	n := &t.root
	for _, f := range raw {
		kid := n.find(f)
		if kid == nil {
			if t.nodes >= maxNodes {
				return
			}
			t.nodes++
			kid = &node{name: f.name, pos: f.pos, created: f.created, parent: f.parent, any: unknown}
			if n.kids == nil {
				n.kids = map[string]*node{}
			}
			kid.sibling = n.kids[string(f.pos)]
			n.kids[string(f.pos)] = kid
			n.last = kid
			if len(n.kids) > 1 && 4*len(n.kids) > len(n.recent) {
				// Between four and eight places a kid, so that few share one.
				n.recent = make([]*node, 4<<bits.Len(uint(len(n.kids))))
			}
			n.onward = nil
			if len(n.kids) == 1 && kid.sibling == nil {
				n.onward = slices.Concat([]byte("\n"), n.pos, []byte("\n"), kid.name)
			}
		}
		n = kid
	}
	n.ends(tl.kind, stack)
}

func (n *node) find(f rawFrame) *node {
	for kid := n.kids[string(f.pos)]; kid != nil; kid = kid.sibling {
		if bytes.Equal(kid.name, f.name) && kid.created == f.created && kid.parent == f.parent {
			return kid
		}
	}
	return nil
}
