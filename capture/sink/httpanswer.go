package sink

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// How much of an answer is read, in bytes: so much is needed to use the
// connection again, and so much is shown of its text.
const (
	answerBytes = 64 << 10
	shownBytes  = 200
)

// judge makes the outcome of a Write out of an answer.
func judge(resp *http.Response, now time.Time) error {
	return verdict(resp, textOf(resp), now)
}

// textOf is how an answer's text begins. The rest is read as far as that is worth a connection.
func textOf(resp *http.Response) []byte {
	text := make([]byte, 4<<10)
	n, _ := io.ReadFull(resp.Body, text)
	_, _ = io.CopyN(io.Discard, resp.Body, answerBytes) // an answer cut short is still an answer
	return text[:n]
}

// verdict is judge for an answer whose text has been read.
func verdict(resp *http.Response, text []byte, now time.Time) error {
	code := resp.StatusCode
	if code >= 200 && code < 300 {
		return nil
	}
	said := saidBy(code, text)
	switch {
	case code == 400 || code == 422:
		return &Rejected{Reason: "invalid", Err: errors.New(said)}
	case code == 413:
		return &Rejected{Reason: "too-large", Err: errors.New(said)}
	case code == 408 || code == 425 || code == 429 || code >= 500:
		return &Unavailable{Err: errors.New(said), After: retryAfter(resp.Header.Get("Retry-After"), now)}
	}
	e := &answerError{err: errors.New(said)}
	switch {
	case code >= 300 && code < 400:
		if to, err := resp.Location(); err == nil {
			to.User = nil
			e.hint = "redirects are not followed; if you trust it, write http=" + withoutSecrets(to.String())
		}
	case code == 401:
		e.hint = "give a token with #token-file=PATH or a header with #header-file=PATH"
	case code == 403:
		e.hint = "the server knows who asks and refuses: look at the rights of the token or the user"
	case code == 415: // it would refuse any record like this, so none is given up
		e.hint = "the server may not know zstd: write #compress=gzip or #compress=none"
	case code == 404 || code == 405:
		e.hint = "the path of the address may be wrong"
	}
	return &Unavailable{Err: e}
}

// saidBy is an answer in one line.
func saidBy(code int, text []byte) string {
	said := "answered " + strconv.Itoa(code)
	if name := http.StatusText(code); name != "" {
		said += " " + name
	}
	if line := firstLine(text); line != "" {
		said += ": " + line
	}
	return said
}

// answerError is the end of a request that a person has to do something about.
type answerError struct {
	err  error
	hint string
}

func (e *answerError) Error() string { return e.err.Error() }
func (e *answerError) Unwrap() error { return e.err }
func (e *answerError) Hint() string  { return e.hint }

// retryAfter reads the header of that name: seconds, or a date. 0 when there is none that makes sense.
func retryAfter(value string, now time.Time) time.Duration {
	const most = 24 * time.Hour // a longer wait is a mistake of the server's, or of a clock
	value = strings.TrimSpace(value)
	if s, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(s)*time.Second, most)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, min(at.Sub(now), most))
	}
	return 0
}

// firstLine is the first line of an answer's text as it can be shown: short, and without control characters.
func firstLine(text []byte) string {
	s := strings.TrimSpace(string(text))
	s, _, _ = strings.Cut(s, "\n")
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if len(s) > shownBytes {
		cut := shownBytes
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return strings.TrimSpace(s)
}

// headers are what the files of the options say, as they are now: whoever renews a token only writes the file.
func (p *poster) headers() (http.Header, error) {
	all := http.Header{}
	if path := p.opts.HeaderFile; path != "" {
		text, err := readSmall(path)
		if err != nil {
			return nil, fmt.Errorf("read header-file: %w", err)
		}
		n := 0
		for line := range strings.Lines(text) {
			n++
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			name, value, ok := strings.Cut(line, ":")
			if !ok || !token(name) || !printable(value) {
				return nil, fmt.Errorf("read header-file %s: line %d is no header of the form Name: value", path, n)
			}
			all.Add(name, strings.TrimSpace(value))
		}
	}
	if path := p.opts.TokenFile; path != "" {
		text, err := readSmall(path)
		if err != nil {
			return nil, fmt.Errorf("read token-file: %w", err)
		}
		if text = strings.TrimSpace(text); text == "" || !printable(text) {
			return nil, fmt.Errorf("read token-file %s: it holds no token of one line", path)
		}
		all.Set("Authorization", "Bearer "+text)
	}
	if path := p.opts.BasicFile; path != "" {
		text, err := readSmall(path)
		if err != nil {
			return nil, fmt.Errorf("read basic-file: %w", err)
		}
		text = strings.TrimRight(text, "\r\n")
		if user, _, ok := strings.Cut(text, ":"); !ok || user == "" || !printable(text) {
			return nil, fmt.Errorf("read basic-file %s: it holds no line of the form user:password", path)
		}
		all.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(text)))
	}
	return all, nil
}
