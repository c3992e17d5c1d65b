package goroutine

import "bytes"

// tail looks a header's text up and reads it when it is new; nil when it
// cannot be read. Minutes are taken out first: they are the one part that
// differs between goroutines that are otherwise the same.
func (t *trie) tail(rest []byte) (*tail, uint32) {
	before, minutes, after := cutMinutes(rest)
	key := before
	if len(after) > 0 {
		t.scratch = append(append(t.scratch[:0], before...), after...)
		key = t.scratch
	}
	if t.last != nil && string(key) == t.last.text {
		return t.last, minutes
	}
	known, ok := t.tails[string(key)]
	if !ok {
		known = t.newTail(key)
	}
	if known != nil {
		t.last = known
	}
	return known, minutes
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
	made := &tail{text: string(text), kind: kind}
	t.tails[made.text] = made
	return made
}

// cutMinutes takes ", 12 minutes" out of a header's text after the bracket.
// They come first after the state; what looks like them behind a brace is a label.
func cutMinutes(rest []byte) (before []byte, minutes uint32, after []byte) {
	i := 0
	for ; i < len(rest) && rest[i] != ','; i++ {
		if rest[i] == ']' || rest[i] == '{' {
			return rest, 0, nil
		}
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
