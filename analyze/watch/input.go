package watch

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/logcap/logcap/analyze/recording"
)

const (
	// maxInput bounds one file, in bytes as stored; a debug=2 dump of a million
	// goroutines is a gibibyte.
	maxInput = 2 << 30
	// sniffLen is how much of an input is looked at to tell a log from a dump.
	sniffLen = 64 << 10
)

// input is a file or stdin that is read once, from the beginning to the end:
// its sum is made of the bytes as they pass, so that nothing of it is kept.
type input struct {
	*bufio.Reader
	name  string
	sum   hash.Hash
	count counter
	close func() error
}

// openInput opens a file, or stdin for "-". The caller closes it.
func openInput(name string, stdin io.Reader) (*input, error) {
	if name == "-" {
		return newInput(name, &capped{stdin, maxInput}), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	in := newInput(name, &capped{file, maxInput})
	in.close = file.Close
	return in, nil
}

func newInput(name string, r io.Reader) *input {
	in := &input{name: name, sum: sha256.New(), close: func() error { return nil }}
	in.Reader = bufio.NewReaderSize(io.TeeReader(r, io.MultiWriter(in.sum, &in.count)), sniffLen)
	return in
}

// Close gives the file back.
func (in *input) Close() error { return in.close() }

// source reads what the parser has left and says what the input was, whole.
func (in *input) source() (recording.Source, error) {
	if _, err := io.Copy(io.Discard, in.Reader); err != nil {
		return recording.Source{}, err
	}
	return recording.Source{Name: filepath.Base(in.name), SHA256: hex.EncodeToString(in.sum.Sum(nil)), Bytes: int64(in.count)}, nil
}

// counter counts bytes.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// capped is a reader that fails where more than left bytes come.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	// One byte more than is left tells "exactly at the limit" from "more".
	n, err := c.r.Read(p[:min(int64(len(p)), c.left+1)])
	if c.left -= int64(n); c.left < 0 {
		return 0, fmt.Errorf("longer than %d GiB", maxInput>>30)
	}
	return n, err
}
