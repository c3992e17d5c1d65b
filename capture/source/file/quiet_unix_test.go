//go:build unix

package file_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/logcap/logcap/capture/source/file"
)

// overwrite changes a file through a mapping: without an event, and to the same size.
func (b *bench) overwrite(m []byte, text string) {
	b.Helper()
	if copy(m, text) != len(m) {
		b.Fatalf("%q is not as long as the file", text)
	}
}

func (b *bench) mapped(name string) []byte {
	b.Helper()
	f, err := os.OpenFile(b.path(name), os.O_RDWR, 0)
	b.check(err)
	info, err := f.Stat()
	b.check(err)
	m, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	b.check(err)
	b.check(f.Close())
	b.Cleanup(func() { _ = unix.Munmap(m) })
	return m
}

// Logs that have been quiet for long are not read at a rescan, and whatever
// happens to one is found all the same: also what no event tells of, and what
// leaves its size as it was, and even its time.
func TestQuietLogs(t *testing.T) {
	const logs = 20
	began := time.Now()
	quick := func() time.Time { return began.Add(100 * time.Since(began)) } // long is not long then
	for _, tt := range []struct {
		name string
		open int
	}{{"open", 0}, {"closed", 4}} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			for i := range logs {
				b.append(fmt.Sprintf("%02d.log", i), "old\n")
			}
			b.run(file.Options{Patterns: []string{"*.log"}, Follow: true, Start: fromStart, Rescan: 20 * time.Millisecond, Open: tt.open, Now: quick})
			b.waitLines(logs)
			m := b.mapped("00.log")
			b.quiet(logs)
			b.overwrite(m, "one\n")
			b.waitLines(logs + 1)
			b.quiet(logs)
			b.append("01.log", "new\n")
			b.rename("02.log", "02.log.1")
			b.append("02.log", "new\n")
			b.check(os.WriteFile(b.path("03.log"), []byte("new\n"), 0o644))
			b.waitLines(logs + 4)
			b.quiet(logs)
			most := logs + 4
			if tt.open == 0 { // a closed one would not be read for that
				b.overwrite(m, "two\n") // and the kernel need not set the time again
				most++
				b.waitLines(most)
			}
			b.end()
			b.each(func(name string) string {
				switch name {
				case "00.log":
					return [...]string{"old one two", "old one"}[logs+5-most]
				case "01.log", "02.log", "03.log":
					return "old new"
				}
				return "old"
			})
		})
	}
}

// quiet waits until rescans leave most logs alone.
func (b *bench) quiet(logs uint64) {
	b.Helper()
	was := b.s.LeftAlone()
	b.until("left alone", "true", func() string { return fmt.Sprint(b.s.LeftAlone() >= was+20*logs) })
}
