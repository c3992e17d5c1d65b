package evidence

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxPlain bounds in bytes what a compressed log may become, against bombs.
const maxPlain = 4 << 30

// decompress reads gzip and zstd by their magic numbers and everything else as
// it is. The caller calls done when it has read enough.
func decompress(r io.Reader) (plain io.Reader, done func(), err error) {
	in := bufio.NewReader(r)
	magic, err := in.Peek(4)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		zip, err := gzip.NewReader(in)
		if err != nil {
			return nil, nil, err
		}
		return &bounded{zip, maxPlain}, func() {}, nil
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		// One at a time: the decoder then starts no goroutine.
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
		if err != nil {
			return nil, nil, err
		}
		return &bounded{z, maxPlain}, z.Close, nil
	}
	return in, func() {}, nil
}

// bounded is io.LimitReader with an error at its end, so that a cut shows.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("longer than %d bytes when decompressed", int64(maxPlain))
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
