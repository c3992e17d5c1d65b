package goroutine

import (
	"bytes"
	"strconv"
	"strings"
)

// header is what the first line of a goroutine's block says.
type header struct {
	id uint64
	headerTail
}

// headerTail is the part after the id, which many goroutines share.
type headerTail struct {
	state          State
	wait           uint32
	locked, leaked bool
	labels         map[string]string
}

// parseHeader reads one line without its newline:
//
//	goroutine 7 [chan receive, 3 minutes, locked to thread]:
//	goroutine 7 gp=0xc000007880 m=nil [select (scan)]:
//	goroutine 7 [sync.WaitGroup.Wait (durable), synctest bubble 5]:
//	goroutine 7 [chan send (leaked)]:
//	goroutine 7 [select labels:{"k": "v"}]:       Go 1.26 with tracebacklabels=1
//	goroutine 7 [select] {k: "a b"}:              Go 1.27
func parseHeader(line []byte) (header, bool) {
	id, rest, ok := cutHeaderID(line)
	if !ok {
		return header{}, false
	}
	tail, ok := parseHeaderTail(rest)
	return header{id: id, headerTail: tail}, ok
}

const headerStart = "goroutine "

// cutHeaderID gives the goroutine's id and what follows the opening bracket.
func cutHeaderID(line []byte) (id uint64, rest []byte, ok bool) {
	if len(line) < len(headerStart)+3 || string(line[:len(headerStart)]) != headerStart {
		return 0, nil, false
	}
	i := len(headerStart)
	for ; i < len(line) && line[i]-'0' <= 9; i++ {
		if i-len(headerStart) > 18 {
			return 0, nil, false
		}
		id = id*10 + uint64(line[i]-'0')
	}
	if i == len(headerStart) || i+1 >= len(line) || line[i] != ' ' {
		return 0, nil, false
	}
	rest = line[i:]
	if bytes.HasPrefix(rest, []byte(" gp=")) {
		open := bytes.Index(rest, []byte(" ["))
		if open < 0 {
			return 0, nil, false
		}
		rest = rest[open:]
	}
	if len(rest) < 3 || rest[1] != '[' {
		return 0, nil, false
	}
	return id, rest[2:], true
}

// parseHeaderTail reads what follows the opening bracket, the final colon included.
func parseHeaderTail(rest []byte) (headerTail, bool) {
	var t headerTail
	text := string(rest)
	end := strings.IndexAny(text, "],")
	if l := strings.Index(text, " labels:{"); l >= 0 && (end < 0 || l < end) {
		end = l
	}
	if end < 0 {
		return t, false
	}
	t.state, t.leaked = cutFlags(text[:end])
	text = text[end:]
	for strings.HasPrefix(text, ", ") {
		text = text[2:]
		end = strings.IndexAny(text, "],")
		if l := strings.Index(text, " labels:{"); l >= 0 && (end < 0 || l < end) {
			end = l
		}
		if end < 0 {
			return t, false
		}
		t.attribute(text[:end])
		text = text[end:]
	}
	if after, ok := strings.CutPrefix(text, " labels:"); ok {
		text = t.takeLabels(after)
	}
	text, ok := strings.CutPrefix(text, "]")
	if !ok {
		return t, false
	}
	if after, ok := strings.CutPrefix(text, " {"); ok {
		text = t.takeLabels("{" + after)
	}
	return t, strings.TrimRight(text, " \r") == ":"
}

// cutFlags takes the parenthesised marks that are no part of the wait reason
// off its end; "(nil chan)" and "(no cases)" are part of it.
func cutFlags(status string) (state State, leaked bool) {
	for {
		switch {
		case strings.HasSuffix(status, " (scan)"):
			status = strings.TrimSuffix(status, " (scan)")
		case strings.HasSuffix(status, " (durable)"):
			status = strings.TrimSuffix(status, " (durable)")
		case strings.HasSuffix(status, " (synctest)"):
			status = strings.TrimSuffix(status, " (synctest)")
		case strings.HasSuffix(status, " (leaked)"):
			status, leaked = strings.TrimSuffix(status, " (leaked)"), true
		default:
			return State(status), leaked
		}
	}
}

// attribute reads one of the items between commas; unknown ones, of a Go that
// is yet to come, are passed over.
func (t *headerTail) attribute(item string) {
	if item == "locked to thread" {
		t.locked = true
		return
	}
	if minutes, ok := strings.CutSuffix(item, " minutes"); ok {
		if n, err := strconv.ParseUint(minutes, 10, 32); err == nil {
			t.wait = uint32(n)
		}
	}
}

func (t *headerTail) takeLabels(text string) (rest string) {
	labels, rest, err := cutLabels(text)
	if err != nil {
		return text
	}
	t.labels = labels
	return rest
}

const errLabels = labelError("labels are not {key: value, ...}")

type labelError string

func (e labelError) Error() string { return string(e) }

// parseLabels reads a whole label set.
func parseLabels(text string) (map[string]string, error) {
	labels, rest, err := cutLabels(strings.TrimSpace(text))
	if err == nil && strings.TrimSpace(rest) != "" {
		err = errLabels
	}
	return labels, err
}

// cutLabels reads {"k": "v", k2: v2} from the front of text: keys and values
// quoted as in Go or, in Go 1.27 and where they need none, bare.
func cutLabels(text string) (labels map[string]string, rest string, err error) {
	text, ok := strings.CutPrefix(text, "{")
	if !ok {
		return nil, text, errLabels
	}
	labels = map[string]string{}
	for {
		text = strings.TrimLeft(text, " ")
		if after, ok := strings.CutPrefix(text, "}"); ok {
			return labels, after, nil
		}
		var key, value string
		if key, text, err = cutWord(text); err != nil {
			return nil, text, err
		}
		if text, ok = strings.CutPrefix(text, ":"); !ok {
			return nil, text, errLabels
		}
		if value, text, err = cutWord(strings.TrimLeft(text, " ")); err != nil {
			return nil, text, err
		}
		labels[key] = value
		text = strings.TrimPrefix(text, ",")
	}
}

// cutWord reads one quoted or bare word.
func cutWord(text string) (word, rest string, err error) {
	if strings.HasPrefix(text, `"`) {
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", text, errLabels
		}
		word, err = strconv.Unquote(quoted)
		return word, text[len(quoted):], err
	}
	end := strings.IndexAny(text, ":,} ")
	if end < 0 {
		return "", text, errLabels
	}
	return text[:end], text[end:], nil
}
