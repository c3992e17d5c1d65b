package tail

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// packed are the endings of the names of archives that can be read, and how their content begins.
var packed = []struct{ ending, magic string }{
	{".gz", "\x1f\x8b"},
	{".zst", "\x28\xb5\x2f\xfd"},
}

// unpacked is name without the ending of an archive.
func unpacked(name string) (plain string, archive bool) {
	for _, p := range packed {
		if s, ok := strings.CutSuffix(name, p.ending); ok && s != "" {
			return s, true
		}
	}
	return name, false
}

// plainName is name without the ending of an archive, if it has one.
func plainName(name string) string {
	plain, _ := unpacked(name)
	return plain
}

// isArchive says that a file is named like an archive and begins like one. A
// file that is empty yet is one whose writer has only opened it.
func isArchive(f *os.File) bool {
	for _, p := range packed {
		if strings.HasSuffix(f.Name(), p.ending) {
			b := make([]byte, len(p.magic))
			n, _ := f.ReadAt(b, 0)
			return n == 0 || bytes.Equal(b[:n], []byte(p.magic)[:n])
		}
	}
	return false
}

// errUnfinished says that an archive ends before its content does: it is
// being written, or was cut off.
var errUnfinished = errors.New("archive ends before its content")

// archive is the decompressed content of a file. It is read from front to
// back; going back begins again.
type archive struct {
	file *os.File
	z    io.ReadCloser // nil before the first read
	at   int64         // in the decompressed content

	ended bool // its rest was given up
}

// ReadAt reads as much of b as there is from off. The error is io.EOF at the
// end of the content, errUnfinished where the file ends before its content
// does, and another when it is damaged.
func (a *archive) ReadAt(b []byte, off int64) (int, error) {
	if a.z == nil || off < a.at {
		if err := a.rewind(); err != nil {
			return 0, archiveError(err)
		}
	}
	if off > a.at {
		n, err := io.CopyN(io.Discard, a.z, off-a.at)
		a.at += n
		if err != nil {
			return 0, archiveError(err)
		}
	}
	// Not io.ReadFull: its io.ErrUnexpectedEOF would look like the decompressor's.
	n := 0
	var err error
	for n < len(b) && err == nil {
		var k int
		k, err = a.z.Read(b[n:])
		n += k
	}
	a.at += int64(n)
	if n == len(b) {
		err = nil
	}
	return n, archiveError(err)
}

// end is the length of the content, in bytes.
func (a *archive) end() (int64, error) {
	if a.z == nil {
		if err := a.rewind(); err != nil {
			return 0, archiveError(err)
		}
	}
	n, err := io.Copy(io.Discard, a.z)
	a.at += n
	return a.at, archiveError(err)
}

// rewind begins the content again, also when more of it has been written since.
func (a *archive) rewind() error {
	a.close()
	raw := bufio.NewReaderSize(io.NewSectionReader(a.file, 0, 1<<62), 64<<10)
	a.at = 0
	if strings.HasSuffix(a.file.Name(), ".zst") {
		if info, err := a.file.Stat(); err != nil || info.Size() == 0 {
			return errors.Join(err, io.ErrUnexpectedEOF) // no frame yet, which the decompressor takes for an end
		}
		// One goroutine less, and no more memory than the window.
		d, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return err
		}
		a.z = drained{d.IOReadCloser()}
		return nil
	}
	z, err := gzip.NewReader(raw)
	if err == io.EOF {
		return io.ErrUnexpectedEOF // nothing has been written yet, not even the header
	}
	if err != nil {
		return err
	}
	a.z = z
	return nil
}

// drained gives all that could be decompressed before it gives the error: zstd
// keeps the last block before an error for the call after it.
type drained struct{ io.ReadCloser }

func (d drained) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	if err == nil || err == io.EOF || n == len(p) {
		return n, err
	}
	more, _ := d.ReadCloser.Read(p[n:]) // an error stays
	if more > 0 {
		return n + more, nil
	}
	return n, err
}

func (a *archive) close() {
	if a.z != nil {
		_ = a.z.Close()
		a.z = nil
	}
}

func archiveError(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errUnfinished
	default:
		return err
	}
}
