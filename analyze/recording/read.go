package recording

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// MaxBody is the longest body in bytes that is read back, against files made to fill the memory.
// net/http/pprof cuts a dump at 64 MiB; a trace of seconds may be longer.
const MaxBody = 512 << 20

// Read gives the scrape of an entry back, after its file's checksum was
// compared: ErrDamaged names a file that changed, ErrGone one that is not
// there. A failed scrape comes without a body.
//
// A profile's body is the gzip stream that pprof itself serves; one the target
// sent uncompressed has become one. Every other body is as the target sent it.
func (r *Recording) Read(e Entry) (Scrape, error) {
	s := Scrape{Kind: e.Kind, Time: e.Time, Took: e.Took, Total: e.Total, Truncated: e.Truncated, Err: e.Err, Warnings: e.Warnings}
	if e.File == "" {
		return s, nil
	}
	path := filepath.Join(r.Dir, e.File)
	if e.Gone != "" {
		return s, &Error{Op: "read", Path: path, Err: fmt.Errorf("%w: %s", ErrGone, e.Gone)}
	}
	if _, _, ok := parseName(e.File); !ok {
		return s, &Error{Op: "read", Path: path, Err: fmt.Errorf("%w: not a name of this recording", ErrGone)}
	}
	root, err := os.OpenRoot(r.Dir)
	if err != nil {
		return s, &Error{Op: "read", Path: path, Err: err}
	}
	defer root.Close()
	stored, err := readStored(root, e.File)
	if err != nil {
		return s, &Error{Op: "read", Path: path, Err: err}
	}
	if sum := sha256.Sum256(stored); hex.EncodeToString(sum[:]) != e.SHA256 {
		return s, &Error{Op: "read", Path: path, Err: fmt.Errorf("%w: its checksum is not the one in %s", ErrDamaged, indexFile),
			hint: "the file was changed after it was recorded; copy the recording again from where it was made"}
	}
	if s.Body, err = unpack(e.File, stored); err != nil {
		return s, &Error{Op: "read", Path: path, Err: err}
	}
	return s, nil
}

func readStored(root *os.Root, name string) ([]byte, error) {
	f, size, err := openRegular(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > MaxBody {
		return nil, fmt.Errorf("%w: %d bytes, more than a scrape can have", ErrDamaged, size)
	}
	b := make([]byte, size)
	_, err = io.ReadFull(f, b)
	return b, err
}

// unpack gives the body that a file holds.
func unpack(name string, stored []byte) ([]byte, error) {
	if strings.HasSuffix(name, ".pb.gz") {
		return stored, nil
	}
	body, _, err := gunzip(stored)
	return body, err
}

// gunzip decompresses the whole of b and gives its header's comment.
func gunzip(b []byte) (body []byte, comment string, err error) {
	zip, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	comment = zip.Comment
	body, err = io.ReadAll(io.LimitReader(zip, MaxBody+1))
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("%w: %w", ErrDamaged, err)
	case len(body) > MaxBody:
		return nil, "", fmt.Errorf("%w: more than %d bytes when decompressed", ErrDamaged, MaxBody)
	}
	return body, comment, nil
}
