package goroutine

import (
	"bytes"
	"encoding/binary"
)

// node is a frame, or the creator, below the frames that it was called from.
type node struct {
	// name is the line up to the arguments, "net/http.(*conn).serve(", or for a
	// creator up to the parent's id, "created by main.main in goroutine ".
	name []byte
	// pos is the next line up to and with the offset, "\t/src/main.go:12 +0x1d".
	pos     []byte
	created bool
	// parent: the name is followed by the parent's id.
	parent bool

	last *node // the kid found last
	// onward is "\n", pos, "\n" and the name of the only kid, last; nil when
	// there are several.
	onward  []byte
	kids    map[string]*node // by pos
	sibling *node            // same pos, another name
	// recent is a table of kids found of late, by slotOfPos, of a power of two
	// places; empty when there is one kid.
	recent []*node

	// stacks holds the index of the stack by kind, for the first kinds; more the rest.
	stacks []int32
	more   map[int]int
	// any is one of them that is counted, or unknown.
	any int
}

// stack looks up which stack a goroutine that ends at n belongs to, or else one
// with the same lines.
func (n *node) stack(m *match) result {
	m.stack = unknown
	if kind := m.tail.kind; kind < len(n.stacks) {
		m.stack = int(n.stacks[kind])
	} else if stack, ok := n.more[kind]; ok {
		m.stack = stack
	}
	if m.stack != unknown {
		return hit
	}
	if n.any == unknown {
		return miss
	}
	m.stack, m.kin = n.any, n
	return hit
}

// ends notes that goroutines of a kind that end at n belong to a stack.
func (n *node) ends(kind, stack int) {
	if stack != skip {
		n.any = stack
	}
	if kind >= maxKinds {
		if n.more == nil {
			n.more = map[int]int{}
		}
		n.more[kind] = stack
		return
	}
	for len(n.stacks) <= kind {
		n.stacks = append(n.stacks, unknown)
	}
	n.stacks[kind] = int32(stack)
}

// step finds the kid that the two lines at the front of data are, and goes on
// from it for as long as there is but one way to go.
func (n *node) step(data []byte, m *match) (kid *node, used int, res result) {
	if n.last == nil {
		return nil, 0, miss
	}
	if bytes.HasPrefix(data, n.last.name) {
		kid, used, res = n.last.follow(data, m)
		if res != miss {
			return kid, used, res
		}
	}
	return n.lookup(data, m)
}

// follow compares the rest of the node's two lines, after its name at the front
// of data, and then those of its only kid and so on. Where a node has one kid,
// its position and the kid's name are compared in one go.
func (n *node) follow(data []byte, m *match) (last *node, used int, res result) {
	at, lines := len(n.name), 2
	for {
		end := n.args(data[at:], m)
		if end < 0 {
			return nil, 0, result(-end - 1)
		}
		at += end
		if n.onward != nil && bytes.HasPrefix(data[at:], n.onward) {
			at += len(n.onward)
			n = n.last
			lines += 2
			continue
		}
		end, res = n.position(data[at:])
		if res == hit {
			m.lines += lines
		}
		return n, at + end, res
	}
}

// args passes over what differs between goroutines on the node's first line.
// It gives the index of the newline, or -1-result.
func (n *node) args(data []byte, m *match) int {
	if !n.created {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			return -1 - int(more)
		}
		if i == 0 || data[i-1] != ')' {
			return -1 - int(miss)
		}
		return i
	}
	at := 0
	if n.parent {
		id := uint64(0)
		for ; at < len(data) && isDigit(data[at]); at++ {
			id = id*10 + uint64(data[at]-'0')
		}
		if at == 0 || at > 19 {
			return -1 - int(miss)
		}
		m.parent = id
	}
	if at >= len(data) {
		return -1 - int(more)
	}
	if data[at] != '\n' {
		return -1 - int(miss)
	}
	return at
}

// position compares the second line, whose newline before it is data's first byte.
func (n *node) position(data []byte) (used int, res result) {
	at := 1 + len(n.pos)
	if len(data) <= at {
		return 0, more
	}
	if !bytes.HasPrefix(data[1:], n.pos) {
		return 0, miss
	}
	if data[at] == '\n' {
		return at + 1, hit
	}
	if !bytes.HasPrefix(data[at:], []byte(framePointer)) {
		return 0, miss
	}
	i := bytes.IndexByte(data[at:], '\n')
	if i < 0 {
		return 0, more
	}
	return at + i + 1, hit
}

// lookup finds a kid that is not the one found last.
func (n *node) lookup(data []byte, m *match) (kid *node, used int, res result) {
	first := bytes.IndexByte(data, '\n') + 1
	if first == 0 {
		return nil, 0, more
	}
	second := bytes.IndexByte(data[first:], '\n')
	if second < 0 {
		return nil, 0, more
	}
	pos := data[first : first+second]
	var slot **node
	if len(n.recent) > 0 {
		slot = &n.recent[slotOfPos(pos)&uint64(len(n.recent)-1)]
		if kid = *slot; kid != nil && bytes.HasPrefix(data, kid.name) {
			if last, used, res := kid.follow(data, m); res != miss {
				n.last = kid
				return last, used, res
			}
		}
	}
	kid = n.kids[string(pos)]
	if kid == nil {
		kid = n.kids[string(cutFramePointer(pos))]
	}
	for ; kid != nil; kid = kid.sibling {
		if !bytes.HasPrefix(data[:first], kid.name) {
			continue
		}
		if end := kid.args(data[len(kid.name):first], m); end == first-1-len(kid.name) {
			n.last = kid
			if slot != nil {
				*slot = kid
			}
			m.lines += 2
			return kid, first + second + 1, hit
		}
	}
	return nil, 0, miss
}

// framePointer begins what a crash prints after a position, which differs from
// goroutine to goroutine.
const framePointer = " fp=0x"

func cutFramePointer(line []byte) []byte {
	if i := bytes.LastIndex(line, []byte(framePointer)); i > 0 {
		return line[:i]
	}
	return line
}

// slotOfPos is a place for a kid in the table of recent ones: the end of the
// position, which is compared in full when the kid is followed.
func slotOfPos(pos []byte) uint64 {
	h := uint64(len(pos))
	for end := len(pos); end >= 8 && end > len(pos)-32; end -= 8 {
		h = (h ^ binary.LittleEndian.Uint64(pos[end-8:end])) * 0x9e3779b97f4a7c15
		h ^= h >> 32
	}
	return h
}
