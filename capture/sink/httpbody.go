package sink

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/gzip"

	"github.com/logcap/logcap/capture/record"
)

// body makes batches into the bytes of a request, in memory that it uses again.
type body struct {
	encoder  Encoder
	encoding string // the Content-Encoding; "" means none
	zstd     *zstdWriter
	gzip     *gzip.Writer
	session  [8]byte // differs in each process, so that keys do
	plain    []byte
	packed   []byte
}

func newBody(compress string) (*body, error) {
	b := &body{}
	_, _ = rand.Read(b.session[:]) // never fails
	switch compress {
	case "zstd", "":
		b.zstd, b.encoding = newZstdWriter(), "zstd"
	case "gzip":
		z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			return nil, err
		}
		b.gzip, b.encoding = z, "gzip"
	case "none":
	default:
		return nil, fmt.Errorf("unknown compression %q", compress)
	}
	return b, nil
}

// pack encodes the batches and compresses them. What it returns is good until
// the next call; it is empty when there is no record. key is the same for the same records in one process.
func (b *body) pack(batches []*record.Batch) (packed []byte, key string, err error) {
	b.packed, b.plain = again(b.packed), again(b.plain)
	switch {
	case !slices.ContainsFunc(batches, func(b *record.Batch) bool { return len(b.Records) > 0 }):
		return nil, "", nil
	case b.zstd != nil:
		if err := b.packZstd(batches); err != nil {
			return nil, "", fmt.Errorf("compress with zstd: %w", err)
		}
		packed = b.packed
	case b.gzip != nil:
		if err := b.packGzip(batches); err != nil {
			return nil, "", fmt.Errorf("compress with gzip: %w", err)
		}
		packed = b.packed
	default:
		b.plain = b.encoder.AppendBody(b.plain, batches)
		packed = b.plain
	}
	var id [16]byte
	copy(id[:], b.session[:])
	binary.BigEndian.PutUint64(id[8:], xxhash.Sum64(packed))
	return packed, hex.EncodeToString(id[:]), nil
}

// packZstd compresses what has been encoded as soon as it fills a block, while it is in the core's cache.
func (b *body) packZstd(batches []*record.Batch) (err error) {
	b.zstd.begin()
	b.plain = b.encoder.body(b.plain, batches, zstdBlock, func(plain []byte) []byte {
		whole := len(plain) - len(plain)%zstdBlock
		err = errors.Join(err, b.zstd.add(plain[:whole]))
		return plain[:copy(plain, plain[whole:])]
	})
	if err = errors.Join(err, b.zstd.add(b.plain)); err != nil {
		return err
	}
	b.packed, err = b.zstd.end(b.packed)
	return err
}

func (b *body) packGzip(batches []*record.Batch) error {
	b.plain = b.encoder.AppendBody(b.plain, batches)
	out := bytes.NewBuffer(b.packed)
	b.gzip.Reset(out)
	if _, err := b.gzip.Write(b.plain); err != nil {
		return err
	}
	err := b.gzip.Close()
	b.packed = out.Bytes()
	return err
}

// upload knows when net/http is through with the bytes of a request: a request that is
// given up, or answered early, may still be read from for a moment.
type upload struct{ open sync.WaitGroup }

// reader is one more reading of packed, to be closed once.
func (u *upload) reader(packed []byte) io.ReadCloser {
	u.open.Add(1)
	return &uploading{bytes.NewReader(packed), sync.OnceFunc(u.open.Done)}
}

// wait returns when every reader is closed.
func (u *upload) wait() { u.open.Wait() }

type uploading struct {
	*bytes.Reader
	done func()
}

func (u *uploading) Close() error {
	u.done()
	return nil
}
