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
	if f.lines.known(stream, t) {
		b.Buf = b.Buf[:at]
		return nil
	}
	if f.repeats.suspect(stream, t, f.lines.read.of[index(stream)].Time, text) {
		b.Buf = b.Buf[:at]
		return errRepeated
	}
	used, whole := f.lines.take(b, stream, t, text, at+n)
	if !used {
		b.Buf = b.Buf[:at]
	}
	if whole {
		f.lines.emit(b, stream, 0)
	}
	return nil
}
