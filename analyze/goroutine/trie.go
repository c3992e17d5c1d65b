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

func newTrie() *trie {
	return &trie{root: node{any: unknown}, tails: map[string]*tail{}, kinds: map[string]int{}}
}

// tail is a header's text after the bracket, what it says and the number of that.
type tail struct {
	text string
	kind int
	headerTail
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
	// kin is nil when stack is the goroutine's own. Otherwise its frames and
	// creator, which end at kin, are those of stack, and tail is its header.
	kin  *node
	tail *tail
}

// match reads one goroutine, its closing empty line included, from the front of data.
func (t *trie) match(data []byte, m *match) result {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		return more
	}
	id, rest, ok := cutHeaderID(data[:end])
	if !ok || id == 0 { // a thread's own stack has id 0 and is no goroutine
		return miss
	}
	tl, wait := t.tail(rest)
	if tl == nil {
		return miss
	}
	*m = match{id: id, wait: wait, lines: 1, tail: tl}
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
	return n.stack(m)
}
