// Package export files reports.
package export

import (
	"bytes"
	"sync"
	"sync/atomic"

	"logcap.test/programs/leaky/unclosed-range/report"
	"logcap.test/programs/leaky/unclosed-range/stream"
)

// Archive holds the files.
type Archive struct {
	writers sync.WaitGroup
	bytes   atomic.Int64
	files   atomic.Int64
}

// NewArchive returns an empty archive.
func NewArchive() *Archive { return &Archive{} }

func (a *Archive) file(text []byte) {
	a.files.Add(1)
	a.bytes.Add(int64(len(text)))
}

// text is a sink of plain lines.
type text chan<- string

func (t text) Line(s string) { t <- s }
func (t text) End()          { close(t) }

// Text opens a plain text file.
func (a *Archive) Text(name string) report.Sink {
	lines := make(chan string, 4)
	go func() { // leak:func
		file := bytes.NewBufferString(name)
		for line := range lines {
			file.WriteString(line)
		}
		a.file(file.Bytes())
	}()
	return text(lines)
}

// row is one row of a file.
type row struct {
	number int
	text   string
}

// rows numbers what it sends.
type rows struct {
	*stream.Stream[row]
	n int
}

func (r *rows) Line(text string) {
	r.n++
	r.Send(row{r.n, text})
}

func (r *rows) End() { r.Close() }

// Rows opens a file of numbered rows.
func (a *Archive) Rows(name string) report.Sink {
	r := &rows{Stream: stream.New[row](4)}
	a.writers.Go(func() { // leak:wg
		var file bytes.Buffer
		r.Each(func(row row) { file.WriteString(row.text) })
		a.file(file.Bytes())
	})
	return r
}
