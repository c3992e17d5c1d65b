package file_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
)

// A collector that begins between the renaming of a log and the new file goes on in the log, and does not take
// its older parts for logs of their own.
func TestBeginBetweenRenameAndNewFile(t *testing.T) {
	b := newBench(t)
	opt := func() file.Options {
		return file.Options{Patterns: []string{"app.log*", "mark"}, Follow: true, Start: source.Start{Mode: source.FromBeginning}}
	}
	b.append("app.log", "1\n2\n")
	b.run(opt())
	b.wait("app.log: 1 2")
	b.end()
	b.append("app.log", "3\n")
	b.rename("app.log", "app.log.1")
	b.run(opt())
	b.append("mark", "m\n")
	b.wait("app.log: 1 2; mark: m") // what was there at the start is read before
	b.append("app.log", "4\n")
	b.wait("app.log: 1 2 3 4; mark: m")
	b.end()
}

// When the log does not come back, what is left of it is read all the same.
func TestLogThatStaysAway(t *testing.T) {
	b := newBench(t)
	var later atomic.Int64
	opt := func() file.Options {
		return file.Options{Patterns: []string{"app.log*", "mark"}, Follow: true, Start: source.Start{Mode: source.FromBeginning},
			Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }}
	}
	b.append("app.log", "1\n")
	b.run(opt())
	b.wait("app.log: 1")
	b.end()
	b.append("app.log", "2\n")
	b.rename("app.log", "app.log.1")
	b.run(opt())
	b.append("mark", "m\n")
	b.wait("app.log: 1; mark: m")
	later.Store(int64(time.Minute))
	b.wait("app.log: 1; app.log.1: 1 2; mark: m")
	b.end()
}
