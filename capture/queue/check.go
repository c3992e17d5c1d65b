package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/logcap/logcap/capture/record"
)

// Report is what is in the directory of a queue.
type Report struct {
	Dir      string
	Segments int
	Bytes    int64     // of them
	Waiting  uint64    // records that are whole and not delivered
	Oldest   time.Time // of those, by the time of the record; zero when none waits
	Newest   time.Time
	Faults   []Fault // in the order of the files
	Rest     int64   // bytes at the end that are no whole entry, as a kill leaves them
}

// Fault is one place that is damaged.
type Fault struct {
	File    string // its name in the directory
	At      int64  // in bytes
	Records uint64 // that are lost by it; 0: none, or none that is not delivered
	Text    string
}

func (f Fault) String() string {
	s := fmt.Sprintf("%s: byte %d: %s", f.File, f.At, f.Text)
	if f.Records > 0 {
		s += fmt.Sprintf(": %d records lost", f.Records)
	}
	return s
}

// Check reads a whole queue and changes nothing. The queue may be in use: what is being written is not whole then.
func Check(dir string) (Report, error) {
	r := Report{Dir: dir}
	text, err := os.ReadFile(filepath.Join(dir, cursorName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("read queue: %w", err)
	}
	turn, taken := parseCursor(text)
	if turn == 0 && len(text) >= slotBytes {
		r.Faults = append(r.Faults, Fault{cursorName, 0, 0, "neither of its slots is whole, so what is still there is delivered again"})
	}
	numbers, err := segmentsIn(dir)
	if err != nil {
		return r, fmt.Errorf("read queue: %w", err)
	}
	c := checking{report: &r, at: taken}
	c.decoder.pool = &record.Pool{}
	for i, n := range numbers {
		data, err := os.ReadFile(filepath.Join(dir, segmentName(n)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // delivered in the meantime
		}
		if err != nil {
			return r, fmt.Errorf("read queue: %w", err)
		}
		var until uint64 // 0: it is the last one
		if i+1 < len(numbers) {
			until = numbers[i+1]
		}
		c.segment(n, until, data)
	}
	return r, nil
}

// checking is how far a check is.
type checking struct {
	report  *Report
	decoder decoder
	name    string
	at      uint64 // the next record that is not delivered
}

func (c *checking) segment(first, until uint64, data []byte) {
	c.name = segmentName(first)
	c.report.Segments++
	c.report.Bytes += int64(len(data))
	c.at = max(c.at, first)
	if _, err := checkStart(data, first); err != nil && (until > 0 || len(data) >= startBytes) {
		c.fault(0, 0, err.Error())
	}
	walk(data, first, func(p part) {
		switch {
		case p.fault != nil && !p.known && p.tail && until == 0:
			c.report.Rest = p.bytes
		case p.fault != nil && !p.known:
			c.fault(p.at, 0, fmt.Sprintf("%v, for %d bytes", p.fault, p.bytes))
		default:
			c.entry(p, data[p.at+headBytes:p.at+p.bytes])
		}
	})
	if until > c.at {
		c.fault(int64(len(data)), until-c.at, fmt.Sprintf("records %d to %d are missing", c.at, until-1))
		c.at = until
	}
}

// entry is one whose head is right.
func (c *checking) entry(p part, payload []byte) {
	h := p.head
	if h.first > c.at {
		c.fault(p.at, h.first-c.at, fmt.Sprintf("records %d to %d are missing before it", c.at, h.first-1))
		c.at = h.first
	}
	fresh := h.end() - min(h.end(), max(c.at, h.first)) // not delivered
	c.at = max(c.at, h.end())
	var b *record.Batch
	err := p.fault
	if err == nil {
		b, err = c.decoder.batch(payload, h.records)
	}
	if err != nil {
		c.fault(p.at, fresh, fmt.Sprintf("the entry of records %d to %d: %v", h.first, h.end()-1, err))
		return
	}
	defer b.Release()
	c.report.Waiting += fresh
	for _, r := range b.Records[uint64(h.records)-fresh:] {
		t := time.Unix(0, r.Time)
		if c.report.Oldest.IsZero() || t.Before(c.report.Oldest) {
			c.report.Oldest = t
		}
		if t.After(c.report.Newest) {
			c.report.Newest = t
		}
	}
}

func (c *checking) fault(at int64, records uint64, text string) {
	c.report.Faults = append(c.report.Faults, Fault{c.name, at, records, text})
}
