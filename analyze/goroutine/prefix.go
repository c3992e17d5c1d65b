package goroutine

import "bytes"

// findHeader looks for a goroutine's header in a log line and tells what stands
// before it: nothing, or what a container runtime or a log writer put there.
func findHeader(line []byte) (prefix []byte, h header, ok bool) {
	from := 0
	for range maxHeaderTries {
		i := bytes.Index(line[from:], []byte(headerStart))
		if i < 0 {
			return nil, header{}, false
		}
		from += i
		if h, ok = parseHeader(line[from:]); ok {
			return line[:from], h, true
		}
		from += len(headerStart)
	}
	return nil, header{}, false
}

// maxHeaderTries is how often the word may stand before the header in one line;
// each try reads the rest of the line.
const maxHeaderTries = 8

// cutPrefix takes off a line what has the same shape as prefix: the same text
// with other digits, so a timestamp fits the next one even when it is shorter.
func cutPrefix(line, prefix []byte) (rest []byte, ok bool) {
	i, j := 0, 0
	for j < len(prefix) {
		if isDigit(prefix[j]) {
			start := i
			for i < len(line) && isDigit(line[i]) {
				i++
			}
			for j < len(prefix) && isDigit(prefix[j]) {
				j++
			}
			if i == start {
				return nil, false
			}
			continue
		}
		if i >= len(line) {
			// An empty line whose trailing blanks were trimmed.
			return nil, len(bytes.TrimSpace(prefix[j:])) == 0
		}
		if line[i] != prefix[j] {
			return nil, false
		}
		i++
		j++
	}
	return line[i:], true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
