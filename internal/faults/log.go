package faults

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Log is a log file with numbered lines, written and rotated as real programs
// and tools do it. Writing and rotating happen in one goroutine, so that no
// line is written between the copying and the truncation of a copytruncate:
// such a line would be lost for every reader, and would say nothing about one.
type Log struct {
	Path   string
	Writer string // of its lines
	Size   int    // of a line, in bytes; 0: 100
	Keep   int    // rotated files that are kept; 0: 5

	f   *os.File
	n   uint64 // lines written
	buf []byte
}

// Lines is how many have been written.
func (l *Log) Lines() uint64 { return l.n }

// Write appends n lines.
func (l *Log) Write(n int) error {
	if l.f == nil {
		f, err := os.OpenFile(l.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		l.f = f
	}
	size := l.Size
	if size == 0 {
		size = 100
	}
	l.buf = l.buf[:0]
	for range n {
		l.n++
		l.buf = AppendLine(l.buf, l.Writer, l.n, size)
	}
	_, err := l.f.Write(l.buf)
	return err
}

// WriteFor writes at a rate, in lines per second, for d, with a Write each 10 ms.
func (l *Log) WriteFor(d time.Duration, rate int) error {
	const step = 10 * time.Millisecond
	began, before := time.Now(), l.n
	for {
		elapsed := min(time.Since(began), d)
		due := uint64(elapsed.Seconds() * float64(rate))
		if due > l.n-before {
			if err := l.Write(int(due - (l.n - before))); err != nil {
				return err
			}
		}
		if elapsed == d {
			return nil
		}
		time.Sleep(step)
	}
}

// Rename rotates as logrotate does with create: the file becomes .1, .1 becomes .2, and the writer opens a new one.
func (l *Log) Rename() error {
	if err := l.shift(); err != nil {
		return err
	}
	if err := os.Rename(l.Path, l.Path+".1"); err != nil {
		return err
	}
	return l.reopen()
}

// CopyTruncate rotates as logrotate does with copytruncate: a copy becomes .1, and the file is emptied under its writer.
func (l *Log) CopyTruncate() error {
	if err := l.shift(); err != nil {
		return err
	}
	if err := copyFile(l.Path, l.Path+".1"); err != nil {
		return err
	}
	return os.Truncate(l.Path, 0)
}

// Compress makes .N.gz of the rotated files.
func (l *Log) Compress() error {
	for i := 1; i <= l.keep(); i++ {
		name := fmt.Sprintf("%s.%d", l.Path, i)
		if err := pack(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Close lets the file go.
func (l *Log) Close() error {
	if l.f == nil {
		return nil
	}
	err := l.f.Close()
	l.f = nil
	return err
}

func (l *Log) reopen() error {
	if err := l.Close(); err != nil {
		return err
	}
	return l.Write(0)
}

func (l *Log) keep() int {
	if l.Keep == 0 {
		return 5
	}
	return l.Keep
}

// shift makes room for a new .1; the oldest goes.
func (l *Log) shift() error {
	for i := l.keep(); i > 0; i-- {
		for _, ending := range []string{"", ".gz"} {
			from, to := fmt.Sprintf("%s.%d%s", l.Path, i, ending), fmt.Sprintf("%s.%d%s", l.Path, i+1, ending)
			var err error
			if i == l.keep() {
				err = os.Remove(from)
			} else {
				err = os.Rename(from, to)
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// pack replaces a file by its .gz, with its time, as gzip does.
func pack(name string) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.Create(name + ".gz")
	if err != nil {
		return err
	}
	z := gzip.NewWriter(out)
	_, err = io.Copy(z, in)
	if err = errors.Join(err, z.Close(), out.Close()); err != nil {
		return err
	}
	if err := os.Chtimes(name+".gz", info.ModTime(), info.ModTime()); err != nil {
		return err
	}
	return os.Remove(name)
}
