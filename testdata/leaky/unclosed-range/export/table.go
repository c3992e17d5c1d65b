package export

import (
	"bytes"

	"logcap.test/programs/leaky/unclosed-range/report"
)

// table is a file with a line of headings.
type table struct {
	archive *Archive
	lines   chan string
	file    bytes.Buffer
}

// Table opens a table.
func (a *Archive) Table(name string) report.Sink {
	t := &table{archive: a, lines: make(chan string, 4)}
	t.file.WriteString(name)
	go t.write() // leak:method
	return t
}

func (t *table) Line(text string) { t.lines <- text }

func (t *table) End() { close(t.lines) }

func (t *table) write() {
	for line := range t.lines {
		t.file.WriteString(line)
	}
	t.archive.file(t.file.Bytes())
}
