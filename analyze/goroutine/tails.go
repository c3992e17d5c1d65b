package goroutine

import (
	"bytes"
	"encoding/binary"
)

// tail looks a header's text up and reads it when it is new; nil when it
// cannot be read. Minutes are taken out first: they are the one part that
// differs between goroutines that are otherwise the same.
func (t *trie) tail(rest []byte) (*tail, uint32) {
	before, minutes, after := cutMinutes(rest)
	slot := &t.recent[slotOf(before, after)]
	if known := *slot; known != nil && known.is(before, after) {
		return known, minutes
	}
	t.scratch = append(append(t.scratch[:0], before...), after...)
	known, ok := t.tails[string(t.scratch)]
	if !ok {
		known = t.newTail(t.scratch)
	}
	if known != nil {
		*slot = known
	}
	return known, minutes
}

// is compares the text without putting its parts together.
func (tl *tail) is(before, after []byte) bool {
	return len(tl.text) == len(before)+len(after) && tl.text[:len(before)] == string(before) && tl.text[len(before):] == string(after)
}

// slots is the size of the table of recent tails.
const slots = 512

// slotOf is a place for a text in that table: its lengths and a few bytes, of
// the state and of the last label's value, tell most from each other, and the
// text that is found is compared.
func slotOf(before, after []byte) uint32 {
	h := uint32(len(before))<<8 ^ uint32(len(after))
	for _, part := range [2][]byte{before, after} {
		if n := len(part); n >= 8 {
			h = (h ^ binary.LittleEndian.Uint32(part[n-8:])) * 0x9e3779b1
			h = (h ^ binary.LittleEndian.Uint32(part[n-5:])) * 0x9e3779b1
		}
	}
	return h * 0x9e3779b1 >> (32 - 9)
}

func (t *trie) newTail(text []byte) *tail {
	parsed, ok := parseHeaderTail(text)
	if !ok || len(t.tails) >= maxTails {
		return nil
	}
	st := Stack{State: parsed.state, Leaked: parsed.leaked, Locked: parsed.locked, Labels: parsed.labels}
	key := string(appendStack(nil, &st))
	kind, ok := t.kinds[key]
	if !ok {
		kind = len(t.kinds) + 1
		t.kinds[key] = kind
	}
	made := &tail{text: string(text), kind: kind, headerTail: parsed}
	t.tails[made.text] = made
	return made
}

// cutMinutes takes ", 12 minutes" out of a header's text after the bracket.
// They come first after the state; what looks like them behind a brace is a label.
func cutMinutes(rest []byte) (before []byte, minutes uint32, after []byte) {
	i := bytes.IndexByte(rest, ',')
	if i < 0 || bytes.IndexByte(rest[:i], ']') >= 0 || bytes.IndexByte(rest[:i], '{') >= 0 {
		return rest, 0, nil
	}
	at, n := i+2, uint64(0)
	for ; at < len(rest) && isDigit(rest[at]) && n < 1<<28; at++ {
		n = n*10 + uint64(rest[at]-'0')
	}
	if at == i+2 || rest[i+1] != ' ' || !bytes.HasPrefix(rest[min(at, len(rest)):], []byte(" minutes")) {
		return rest, 0, nil
	}
	return rest[:i], uint32(n), rest[at+len(" minutes"):]
}
