package goroutine

import "bytes"

// trie knows the stacks that have been read, by the very bytes of their lines,
// so that a goroutine on a known stack costs a comparison and not a parse.
// Arguments differ from goroutine to goroutine and are never looked at.
// Everything is compared, nothing is trusted to a hash.
type trie struct {
	root node
	// tails are the headers' texts after the bracket, without the minutes.
	tails   map[string]*tail
	recent  [slots]*tail
	scratch []byte
	nodes   int
	// kinds numbers what of a header makes a different Stack; minutes do not.
	kinds map[string]int
}

func newTrie() *trie { return &trie{tails: map[string]*tail{}, kinds: map[string]int{}} }

// tail is a header's text after the bracket, and the number of what it says.
type tail struct {
	text string
	kind int
}

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

	// stacks holds the index of the stack by kind, for the first kinds; more the rest.
	stacks []int32
	more   map[int]int
}

const (
	// skip marks a stack that is not counted, a goroutine of the runtime's.
	skip = -1
	// unknown marks a kind that did not end at a node so far.
	unknown = -2
	// maxKinds is how many kinds a node has a direct index for.
	maxKinds = 256
	// maxTails and maxNodes bound the memory of a dump in which everything
	// differs; beyond them goroutines are read line by line.
	maxTails = 4096
	maxNodes = 1 << 16
)

// result of trying to match.
type result int

const (
	miss result = iota // unknown, or not a plain goroutine: read it line by line
	more               // the buffer ends in it
	hit
)

// match is a goroutine that was recognised.
type match struct {
	id, parent uint64
	wait       uint32
	stack      int
	bytes      int
	lines      int
}

// match reads one goroutine, its closing empty line included, from the front of data.
func (t *trie) match(data []byte, m *match) result {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		return more
	}
	id, rest, ok := cutHeaderID(data[:end])
	if !ok {
		return miss
	}
	tl, wait := t.tail(rest)
	if tl == nil {
		return miss
	}
	*m = match{id: id, wait: wait, lines: 1}
	n, at := &t.root, end+1
	for {
		if at >= len(data) {
			return more
		}
		if data[at] == '\n' {
			break
		}
		kid, used, res := n.step(data[at:], m)
		if res != hit {
			return res
		}
		n, at = kid, at+used
	}
	m.bytes = at + 1
	m.lines++
	return n.stack(tl.kind, m)
}

// stack looks up which stack a goroutine that ends at n belongs to.
func (n *node) stack(kind int, m *match) result {
	if kind < len(n.stacks) {
		m.stack = int(n.stacks[kind])
	} else if stack, ok := n.more[kind]; ok {
		m.stack = stack
	} else {
		return miss
	}
	if m.stack == unknown {
		return miss
	}
	return hit
}

// ends notes that goroutines of a kind that end at n belong to a stack.
func (n *node) ends(kind, stack int) {
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
