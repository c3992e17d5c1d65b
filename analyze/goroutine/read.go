package goroutine

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Options bounds a read.
type Options struct {
	// MaxBytes is how many decompressed bytes are read at most; 0 is 1 GiB. More
	// is an error that names the limit.
	MaxBytes int64
}

const (
	defaultMaxBytes = 1 << 30
	// sniffLen is how much of an input is looked at to tell its form.
	sniffLen = 4096
	// maxWrappers is how many compressions around each other are undone.
	maxWrappers = 3
)

// Read reads a snapshot of any form, which it tells by the content: gzip and
// zstd are undone, then a proto, debug=1, debug=2, crash output, also between
// other log lines, or logcap's own text is expected. What is none of these is a *FormatError
// that says what it is. Errors of r itself are returned as they are.
func Read(r io.Reader, opts Options) (*Snapshot, error) {
	if opts.MaxBytes <= 0 {
		opts.MaxBytes = defaultMaxBytes
	}
	plain, closers, err := unwrap(r, opts.MaxBytes)
	defer func() {
		for _, c := range closers {
			c()
		}
	}()
	if err != nil {
		return nil, err
	}
	head, err := plain.Peek(sniffLen)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return nil, readError(err)
	}
	s, err := readForm(plain, head)
	if err != nil {
		return nil, readError(err)
	}
	return s, nil
}

func readForm(r *bufio.Reader, head []byte) (*Snapshot, error) {
	switch {
	case len(head) == 0:
		return nil, errEmpty()
	case bytes.HasPrefix(head, []byte(memoryStart)):
		return ReadMemory(r)
	case looksLikeProto(head):
		return ReadProto(r)
	case isDebug1(head):
		return ReadText(r)
	}
	if bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		return nil, errELF()
	}
	if kind := otherKind(head); kind != "" {
		return nil, errOther(kind)
	}
	// A hostile name can hold control bytes; the word tells a dump all the same.
	if isBinary(head) && !bytes.Contains(head, []byte(headerStart)) {
		if !beginsLikeProto(head) { // so that a bomb of zeros is not read to its end
			return nil, errNotAProfile(head)
		}
		return ReadProto(r)
	}
	return ReadDump(r)
}

// unwrap undoes gzip and zstd, each layer limited.
func unwrap(r io.Reader, limit int64) (*bufio.Reader, []func(), error) {
	var closers []func()
	in := bufio.NewReaderSize(&limited{r: r, limit: limit, left: limit}, sniffLen)
	for range maxWrappers {
		magic, _ := in.Peek(4)
		var next io.Reader
		switch {
		case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
			z, err := gzip.NewReader(in)
			if err != nil {
				return nil, closers, readError(err)
			}
			next = z
		case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
			// One decoder goroutine fewer than one: it decodes as it is read.
			z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
			if err != nil {
				return nil, closers, readError(err)
			}
			closers = append(closers, z.Close)
			next = z
		default:
			return in, closers, nil
		}
		in = bufio.NewReaderSize(&limited{r: next, limit: limit, left: limit}, sniffLen)
	}
	return in, closers, nil
}

// maxWindow bounds the memory that a zstd header can ask for; zstd's own tools
// refuse more than this too.
const maxWindow = 128 << 20

// limited fails when more than limit bytes are read.
type limited struct {
	r           io.Reader
	limit, left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, errTooLarge(l.limit)
	}
	// One byte more than is left tells "exactly at the limit" from "more".
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return n - 1, errTooLarge(l.limit)
	}
	return n, err
}

// readError gives decompression errors their meaning.
func readError(err error) error {
	var format *FormatError
	switch {
	case errors.As(err, &format):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errCut("the compressed input", err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), isZstdError(err):
		return &FormatError{Problem: Damaged, What: "the compressed input is damaged", Err: err, hint: "copy or download it again"}
	}
	return err
}

func isZstdError(err error) bool {
	for _, e := range []error{zstd.ErrMagicMismatch, zstd.ErrWindowSizeExceeded, zstd.ErrWindowSizeTooSmall, zstd.ErrDecoderSizeExceeded,
		zstd.ErrUnknownDictionary, zstd.ErrFrameSizeExceeded, zstd.ErrFrameSizeMismatch, zstd.ErrCRCMismatch, zstd.ErrBlockTooSmall,
		zstd.ErrReservedBlockType, zstd.ErrUnexpectedBlockSize} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// otherKind names the text or binary profile of another kind that head begins.
func otherKind(head []byte) string {
	for _, k := range []struct{ prefix, kind string }{
		{"heap profile:", "heap profile"},
		{"threadcreate profile:", "threadcreate profile"},
		{"--- mutex:", "mutex profile"},
		{"--- contention:", "block profile"},
		{"--- contentionz", "block profile"},
		{"go 1.", "execution trace"},
	} {
		if bytes.HasPrefix(head, []byte(k.prefix)) {
			return k.kind
		}
	}
	return ""
}

// isBinary tells whether bytes hold control characters that no log line has.
func isBinary(b []byte) bool {
	for _, c := range b[:min(len(b), 512)] {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1b && c != '\f' && c != '\b' {
			return true
		}
	}
	return false
}
