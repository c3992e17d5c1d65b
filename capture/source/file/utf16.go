package file

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/logcap/logcap/capture/record"
)

// wide decodes UTF-16: the text of lines is appended to b.Buf as UTF-8. It is
// not made for speed: files like that come from Windows services, one at a time.
func (d *Lines) wide(b *record.Batch, from int, now int64, final bool) (used int) {
	raw := b.Buf[from:len(b.Buf):len(b.Buf)]
	line := 0          // where the line or the piece of it begins, in raw
	text := len(b.Buf) // where its text begins, in b.Buf
	emit := func(f record.Flags) {
		b.Records = append(b.Records, record.Record{Time: now, Message: record.Span{Start: uint32(text), End: uint32(len(b.Buf))}, Flags: f})
		text = len(b.Buf)
	}
	for at := 0; ; {
		r, size, enough := d.next(raw[at:], final)
		if !enough {
			break
		}
		next := at + size
		switch {
		case r == '\n':
			if !d.skipping {
				emit(0)
			}
			d.skipping = false
			line = next
		case r == '\r' && !d.skipping:
			after, _, enough := d.next(raw[next:], final)
			if !enough && !final {
				b.Buf = b.Buf[:text]
				return line
			}
			if enough && after == '\n' {
				break // it belongs to the newline
			}
			fallthrough
		default:
			if !d.skipping && len(b.Buf)-text+utf8.RuneLen(r) > d.opt.MaxLine {
				line = at
				if d.opt.SplitLong {
					d.tally.Partial++
					emit(record.Partial)
				} else {
					d.tally.Cut++
					emit(record.Cut)
					d.skipping = true
				}
			}
			if d.skipping {
				d.tally.OverLong += uint64(size)
				line = next
				break
			}
			b.Buf = utf8.AppendRune(b.Buf, r)
		}
		at = next
	}
	if final {
		if line < len(raw) && !d.skipping {
			d.tally.Partial++
			emit(record.Partial)
		}
		d.skipping = false
		return len(raw)
	}
	b.Buf = b.Buf[:text]
	return line
}

// next is the first character of raw and its length in bytes. A half pair or
// a single byte is U+FFFD when its other half is not there for good; not
// enough says that it may come.
func (d *Lines) next(raw []byte, final bool) (r rune, size int, enough bool) {
	switch {
	case len(raw) == 0:
		return 0, 0, false
	case len(raw) == 1:
		return utf8.RuneError, 1, final
	}
	r = d.unit(raw)
	if !utf16.IsSurrogate(r) {
		return r, 2, true
	}
	if len(raw) < 4 {
		return utf8.RuneError, 2, final || r >= 0xdc00
	}
	if pair := utf16.DecodeRune(r, d.unit(raw[2:])); pair != utf8.RuneError {
		return pair, 4, true
	}
	return utf8.RuneError, 2, true
}

// unit is the first code unit of raw.
func (d *Lines) unit(raw []byte) rune {
	if d.encoding == utf16le {
		return rune(raw[0]) | rune(raw[1])<<8
	}
	return rune(raw[1]) | rune(raw[0])<<8
}
