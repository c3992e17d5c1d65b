package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"regexp"
	"strconv"
	"time"
)

// Entry is one scrape as the index tells it.
type Entry struct {
	// Seq counts the scrapes of one recording from 1; a gap is a scrape that
	// could not be kept.
	Seq  int
	Kind Kind
	// File is the name in the recording's folder; "" for a failed scrape.
	File string
	// Time is UTC; zero when nothing but the file itself was left to tell and it does not.
	Time  time.Time
	Took  time.Duration
	Total int
	// Bytes is the length of the body the target sent, Stored that of the file.
	Bytes, Stored int64
	// SHA256 is of the file, in hex.
	SHA256    string
	Truncated bool
	Err       string
	Warnings  []string
	// Gone says why the body cannot be read although the scrape succeeded:
	// "thinned", "missing" or "short"; the other fields stand.
	Gone string
	// Recovered: there was no index line, the file told what is known.
	Recovered bool
}

// Kept says that the body is there to be read.
func (e Entry) Kept() bool { return e.File != "" && e.Gone == "" }

// line is one line of index.jsonl. It is a header (Schema and Target), a
// scrape (Seq), or a note of what was thinned.
type line struct {
	Schema    string   `json:"schema,omitempty"`
	Target    *Target  `json:"target,omitempty"`
	Thinned   []int    `json:"thinned,omitempty"`
	Seq       int      `json:"seq,omitempty"`
	Kind      Kind     `json:"kind,omitempty"`
	File      string   `json:"file,omitempty"`
	Time      string   `json:"time,omitempty"` // RFC 3339 with nanoseconds, UTC
	Took      string   `json:"took,omitempty"` // as time.Duration prints it
	Total     int      `json:"total,omitempty"`
	Bytes     int64    `json:"bytes,omitempty"`
	Stored    int64    `json:"stored,omitempty"`
	SHA256    string   `json:"sha256,omitempty"`
	Truncated bool     `json:"truncated,omitempty"`
	Err       string   `json:"err,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
}

func lineOf(e Entry) line {
	return line{Seq: e.Seq, Kind: e.Kind, File: e.File, Time: e.Time.UTC().Format(time.RFC3339Nano), Took: e.Took.String(),
		Total: e.Total, Bytes: e.Bytes, Stored: e.Stored, SHA256: e.SHA256, Truncated: e.Truncated, Err: e.Err, Warnings: e.Warnings}
}

// entry turns a scrape's line back; it refuses what this package never writes,
// above all a file name that leads out of the folder.
func (l line) entry() (Entry, error) {
	e := Entry{Seq: l.Seq, Kind: l.Kind, File: l.File, Total: l.Total, Bytes: l.Bytes, Stored: l.Stored,
		SHA256: l.SHA256, Truncated: l.Truncated, Err: l.Err, Warnings: l.Warnings}
	if l.File != "" {
		if seq, kind, ok := parseName(l.File); !ok || seq != l.Seq || kind != l.Kind {
			return Entry{}, fmt.Errorf("scrape %d names the file %q, which is not one of its own", l.Seq, clip(l.File))
		}
	}
	if l.Total < 0 || l.Bytes < 0 || l.Stored < 0 {
		return Entry{}, fmt.Errorf("scrape %d has a negative number", l.Seq)
	}
	var err error
	if e.Time, err = time.Parse(time.RFC3339Nano, l.Time); err != nil {
		return Entry{}, fmt.Errorf("scrape %d has no time: %q", l.Seq, clip(l.Time))
	}
	e.Time = e.Time.UTC()
	if y := e.Time.Year(); y < 0 || y > 9999 { // an offset can lead there, and no report can print it
		return Entry{}, fmt.Errorf("scrape %d has the time %q", l.Seq, clip(l.Time))
	}
	if e.Took, err = time.ParseDuration(l.Took); err != nil {
		return Entry{}, fmt.Errorf("scrape %d has no duration: %q", l.Seq, clip(l.Took))
	}
	return e, nil
}

// Every line of the index ends in the CRC-32C of what is before it, so that a
// flipped digit is a damaged line and not another count.
const crcMark = `,"crc":"`

const crcLen = len(crcMark) + 8 + len(`"}`)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encodeLine(l line) ([]byte, error) {
	b, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	b = b[:len(b)-1]
	return fmt.Appendf(b, "%s%08x\"}\n", crcMark, crc32.Checksum(b, castagnoli)), nil
}

// decodeLine reads one line without its newline.
func decodeLine(b []byte) (line, error) {
	if len(b) < crcLen {
		return line{}, fmt.Errorf("cut after %d bytes", len(b))
	}
	body, tail := b[:len(b)-crcLen], b[len(b)-crcLen:]
	if !bytes.HasPrefix(tail, []byte(crcMark)) {
		return line{}, fmt.Errorf("no checksum at its end")
	}
	want, err := strconv.ParseUint(string(tail[len(crcMark):len(crcMark)+8]), 16, 32)
	if err != nil || uint32(want) != crc32.Checksum(body, castagnoli) {
		return line{}, fmt.Errorf("its checksum is not that of its text")
	}
	var l line
	err = json.Unmarshal(b, &l)
	return l, err
}

var nameForm = regexp.MustCompile(`^([0-9]{6,12})\.(goroutine|stacks|goroutineleak|memory|metrics|trace|births|process|pprof)(\.pb|\.txt|\.json)?\.gz$`)

func parseName(file string) (seq int, kind Kind, ok bool) {
	m := nameForm.FindStringSubmatch(file)
	if m == nil {
		return 0, "", false
	}
	seq, err := strconv.Atoi(m[1])
	return seq, Kind(m[2]), err == nil && seq > 0
}

// nameOf gives the file of a scrape: what go tool pprof and go tool trace open
// ends as their users expect.
func nameOf(seq int, kind Kind, body []byte) string {
	ext := ".txt"
	switch kind {
	case Goroutine, Leak:
		// debug=1 begins "goroutine profile: total 12", and a process's memory "logcap goroutines 1".
		if !bytes.HasPrefix(body, []byte("goroutine")) && !bytes.HasPrefix(body, []byte("logcap ")) {
			ext = ".pb"
		}
	case Pprof:
		ext = ".pb"
	case Births, Process:
		ext = ".json"
	case Trace:
		ext = ""
	}
	return fmt.Sprintf("%06d.%s%s.gz", seq, kind, ext)
}
