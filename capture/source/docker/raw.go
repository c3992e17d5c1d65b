package docker

import (
	"bytes"
	"context"
	"io"

	"github.com/logcap/logcap/capture/record"
)

// readRaw reads the log of a container with a TTY: lines with a timestamp
// before each, and no frames. Fragments of a long line follow each other
// without a newline, each with its own timestamp after 16 KiB of text.
func (f *follow) readRaw(ctx context.Context) error {
	var raw []byte
	for {
		if err := f.idle(ctx); err != nil {
			return err
		}
		if cap(raw)-len(raw) < 4<<10 {
			raw = append(make([]byte, 0, max(2*cap(raw), 16<<10)), raw...)
		}
		n, err := f.stream.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		used, e := f.rawLines(ctx, raw, err == io.EOF)
		if e != nil {
			return e
		}
		raw = append(raw[:0], raw[used:]...)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// rawLines takes the lines and fragments that are whole, and says how many bytes they have.
func (f *follow) rawLines(ctx context.Context, raw []byte, final bool) (used int, err error) {
	for used < len(raw) {
		n := rawEnd(raw[used:], final)
		if n == 0 {
			break
		}
		at, err := f.room(ctx, n)
		if err != nil {
			return used, err
		}
		f.batch.Buf = append(f.batch.Buf[:at], raw[used:used+n]...)
		used += n
		if err := f.message(record.Stdout, at); err != nil {
			return used, err
		}
	}
	return used, nil
}

// rawEnd is the length of the line or fragment that raw begins with; 0 when its end is not there yet.
func rawEnd(raw []byte, final bool) int {
	line := bytes.IndexByte(raw, '\n') + 1
	_, n, ok := stamp(raw)
	if ok && (line == 0 || line > n+fragment) && len(raw) > n+fragment {
		rest := raw[n+fragment:]
		if _, _, ok := stamp(rest); ok {
			return n + fragment
		}
		if len(rest) <= stampLen && line == 0 && !final {
			return 0 // the next timestamp may be on its way
		}
	}
	if line == 0 && final {
		return len(raw)
	}
	return line
}
