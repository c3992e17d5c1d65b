package docker

import (
	"fmt"

	"github.com/logcap/logcap/capture/record"
)

// message takes what the engine has a timestamp for: the bytes of the batch from at on.
func (f *follow) message(stream record.Stream, at int) error {
	b := f.batch
	f.s.bytes.Add(uint64(len(b.Buf) - at))
	t, n, ok := stamp(b.Buf[at:])
	if !ok {
		return &badFrame{fmt.Sprintf("%.40q begins with no timestamp", b.Buf[at:])}
	}
	text := b.Buf[at+n:]
	line := seen{t, hashOf(stream, text)}
	if f.isKnown(line) {
		b.Buf = b.Buf[:at]
		return nil
	}
	f.lines = append(f.lines, line)
	whole := len(text) > 0 && text[len(text)-1] == '\n'
	j := &f.joins[stream]
	if !whole || j.open {
		if !j.open {
			f.opened[stream] = f.cur.next() + uint64(len(f.lines)) - 1
		}
		f.s.overLong.Add(uint64(j.add(trimEnd(text), t, f.s.opt.MaxLine)))
		b.Buf = b.Buf[:at]
		if whole {
			f.emitJoined(stream, 0)
		}
		return nil
	}
	r := record.Record{Time: t, Stream: stream}
	end := at + n + len(trimEnd(text))
	if end-at-n > f.s.opt.MaxLine {
		f.s.overLong.Add(uint64(end - at - n - f.s.opt.MaxLine))
		f.s.cut.Add(1)
		end, r.Flags = at+n+f.s.opt.MaxLine, record.Cut
	}
	r.Message = record.Span{Start: uint32(at + n), End: uint32(end)}
	b.Records = append(b.Records, r)
	return nil
}

// trimEnd is text without its newline, and without the carriage return that a terminal puts before it.
func trimEnd(text []byte) []byte {
	n := len(text)
	if n > 0 && text[n-1] == '\n' {
		n--
		if n > 0 && text[n-1] == '\r' {
			n--
		}
	}
	return text[:n]
}

// isKnown says that a line was read before the stream was opened again.
func (f *follow) isKnown(line seen) bool {
	if f.known == nil {
		return false
	}
	if n := f.known[line]; n > 0 {
		f.known[line] = n - 1
		f.s.doubles.Add(1)
		return true
	}
	if line.time > f.until {
		f.known = nil // nothing that was read is so late
	}
	return false
}

// emitJoined adds a line that came in fragments to the batch.
func (f *follow) emitJoined(stream record.Stream, flags record.Flags) {
	j := &f.joins[stream]
	r := record.Record{Time: j.time, Stream: stream, Flags: flags}
	if j.cut {
		r.Flags |= record.Cut
		f.s.cut.Add(1)
	}
	f.batch.Append(r, j.text)
	j.reset()
}
