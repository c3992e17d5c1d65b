package sink

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// zstdBlock is what one block of a frame holds, in bytes: what a block takes while it is made stays in a core's cache.
const zstdBlock = 64 << 10

// zstdWriter makes zstd frames with a window of 64 KiB, in two steps of package
// compress: S2's match finder, which is assembly and several times as fast as the one
// of zstd's fastest level, writes Snappy's format, and that is written anew in zstd's
// coding, without being decompressed. docs/throughput.md has what it gives and what it costs in size.
type zstdWriter struct {
	snappy bytes.Buffer
	finder *s2.Writer
	//lint:ignore SA1019 it is deprecated because it trusts its input and compresses less than a new encoding; the input is made right here
	convert zstd.SnappyConverter
}

func newZstdWriter() *zstdWriter {
	w := &zstdWriter{}
	w.finder = s2.NewWriter(&w.snappy, s2.WriterSnappyCompat(), s2.WriterConcurrency(1), s2.WriterBlockSize(zstdBlock))
	return w
}

// begin begins a frame.
func (w *zstdWriter) begin() {
	w.snappy.Reset()
	w.finder.Reset(&w.snappy)
}

// add adds to it; only the last time by no multiple of zstdBlock, which would make more blocks than needed.
func (w *zstdWriter) add(text []byte) error {
	_, err := w.finder.Write(text)
	return err
}

// end appends the frame to dst.
func (w *zstdWriter) end(dst []byte) ([]byte, error) {
	if err := w.finder.Close(); err != nil {
		return dst, err
	}
	out := bytes.NewBuffer(dst)
	if _, err := w.convert.Convert(&w.snappy, out); err != nil && err != io.EOF { // which says that all was read
		return dst, err
	}
	return out.Bytes(), nil
}
