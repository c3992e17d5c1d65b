package sink

import (
	"bytes"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// For how long it is held for true that entries before a certain time are refused. By its clock Loki
// refuses them for good; behind the latest of a stream only until the stream has been idle.
const (
	byClock  = 10 * time.Minute
	byStream = 30 * time.Second
)

// floor is a time before which entries are refused, as Loki has said.
type floor struct {
	before int64 // Unix time in ns
	until  time.Time
	why    *Rejected
}

func (f *floor) refuses(t int64, now time.Time) bool {
	return t < f.before && now.Before(f.until)
}

// reason is what Loki says of entries, the word of counters for it and what to do.
type reason struct {
	said, word, hint string
	records          bool // no option of ours can have all records refused for it
}

// reasons are looked for in this order.
var reasons = [...]reason{
	{"timestamp too old", "too-old", "Loki takes what is younger than its reject_old_samples_max_age, a week", true},
	{"too far behind", "too-far-behind", "Loki takes what is at most half of its max_chunk_age, an hour, behind the latest of the stream", true},
	{"out of order", "out-of-order", "this Loki has unordered_writes off", true},
	{"timestamp too new", "too-new", "a clock is ahead: that of Loki, or of what writes these lines", true},
	{"max entry size", "line-too-long", "Loki's max_line_size, 256 KB, is what --max-line should be at most", true},
	{"structured metadata", "metadata", "write #line=json for a Loki that takes no structured metadata", false},
	{"label name", "labels", "allow more with Loki's limits_config, or fewer with #label-names=N", false},
	{"label value", "labels", "allow more with Loki's limits_config, or fewer with #label-names=N", false},
}

var oldest = regexp.MustCompile(`oldest acceptable timestamp is: (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))`)

// judge makes the outcome of a push out of Loki's answer. A 400 means that entries were
// refused; all others of the push have been taken all the same, and come again when it is divided: Loki knows them by time and text.
func (l *Loki) judge(resp *http.Response, now time.Time) error {
	text := textOf(resp)
	code := resp.StatusCode
	lower := strings.ToLower(string(text))
	switch {
	case code == 400:
		r := &Rejected{Reason: "invalid", Err: errors.New(saidBy(code, text))}
		for _, known := range reasons {
			if strings.Contains(lower, known.said) {
				r.Reason, r.Records = known.word, known.records
				r.Err = &answerError{r.Err, known.hint}
				break
			}
		}
		l.learn(r, text, now)
		return r
	case code >= 500 && strings.Contains(lower, "received message larger than max"):
		return &Rejected{Reason: "too-large", Err: &answerError{errors.New(saidBy(code, text)), "Loki's grpc_server_max_recv_msg_size is less than --max-line"}}
	case code == 429 && strings.Contains(lower, "stream limit"):
		return &Unavailable{Err: &answerError{errors.New(saidBy(code, text)), "fewer labels or values make fewer streams: #label-values=N"}, After: retryAfter(resp.Header.Get("Retry-After"), now)}
	}
	err := verdict(resp, text, now)
	var answer *answerError
	if errors.As(err, &answer) {
		switch {
		case code == 401 && bytes.Contains(text, []byte("org id")):
			answer.hint = "this Loki has tenants: write #tenant=ID"
		case code == 401:
			answer.hint = "give user:password with #basic-file=PATH, or a token with #token-file=PATH"
		case code == 404 || code == 405:
			answer.hint = "the address may be wrong: it is that of Loki, or all of the push path, and VictoriaLogs has it below /insert"
		case code >= 300 && code < 400:
			answer.hint = strings.Replace(answer.hint, "write http=", "write loki=", 1)
		case code == 415:
			answer.hint = "it does not take what Loki takes: is it one?"
		}
	}
	return err
}

// learn remembers before which time nothing is taken, so that the parts of a push need not be sent to find that out.
func (l *Loki) learn(why *Rejected, text []byte, now time.Time) {
	m := oldest.FindSubmatch(text)
	if m == nil {
		return
	}
	at, err := time.Parse(time.RFC3339Nano, string(m[1]))
	if err != nil || at.After(now) || at.UnixNano() <= l.earliest {
		return // not what was refused here
	}
	switch {
	case why.Reason == "too-old":
		l.floor = floor{at.UnixNano(), now.Add(byClock), why}
	case why.Reason == "too-far-behind" && len(l.push.streams) == 1:
		l.push.streams[0].floor = floor{at.UnixNano(), now.Add(byStream), why}
	}
}

// mostSpan is how far apart the times of one stream may be in a push. Loki takes what is not refused of
// a push, and what it refuses is found by pushing parts again: had the latest of them moved
// its window on by more than the window holds, parts that it has would be refused, and counted as lost.
const mostSpan = 30 * time.Minute

// note looks whether a record of s at t is one that Loki is known to refuse, or is too far from the others.
func (l *Loki) note(s *lokiStream, t int64) {
	l.earliest = min(l.earliest, t)
	s.first, s.last = min(s.first, t), max(s.last, t)
	switch {
	case l.floor.refuses(t, l.now):
		l.refused = l.floor.why
	case s.floor.refuses(t, l.now):
		l.refused = s.floor.why
	case uint64(s.last-s.first) > uint64(mostSpan): // the difference is right even where it is no int64
		l.refused = l.wide
	}
}
