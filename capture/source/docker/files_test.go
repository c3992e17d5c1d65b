package docker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/source"
)

// Both ways of reading give the same records.
func TestSameRecordsFromFile(t *testing.T) {
	log, want := written()
	f := newFake(t)
	f.logPath = filepath.Join(t.TempDir(), "c1-json.log")
	f.writeFile(log...)
	out := &output{}
	s, stop := f.run(out, Options{Read: JSONFile})
	defer stop()
	f.wait(out, want...)
	f.writeFile(entry{1, t0 + 30, "later\n"})
	f.wait(out, append(want, line("stdout", 30, "later"))...)
	if f.opened != 0 || s.Stats().Active != 1 || s.Stats().Lines != uint64(len(want)+1) {
		t.Errorf("%d streams were opened; %+v", f.opened, s.Stats())
	}
}

// What is there at the start is not read, in either way, and what comes is.
func TestFromNow(t *testing.T) {
	for _, read := range []Read{API, JSONFile} {
		f := newFake(t)
		f.fromNow = true
		f.logPath = filepath.Join(t.TempDir(), "c1-json.log")
		log, _ := written()
		f.log = log
		f.writeFile(log...)
		out := &output{}
		s, stop := f.run(out, Options{Read: read})
		for s.Stats().Active == 0 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(50 * time.Millisecond)
		now := time.Now().UnixNano()
		f.writeFile(entry{1, now, "new\n"})
		f.set(func() { f.log = append(f.log, entry{1, now, "new\n"}) })
		f.wait(out, line("stdout", now-t0, "new"))
		stop()
	}
}

// The engine rotates its files by renaming; a line may begin in one and end in the next.
func TestRotatedFile(t *testing.T) {
	long := strings.Repeat("x", fragment)
	f := newFake(t)
	f.logPath = filepath.Join(t.TempDir(), "c1-json.log")
	f.writeFile(entry{1, t0, "a\n"}, entry{1, t0 + 1, long})
	out := &output{}
	_, stop := f.run(out, Options{Read: JSONFile})
	defer stop()
	f.wait(out, line("stdout", 0, "a"))
	if err := os.Rename(f.logPath, f.logPath+".1"); err != nil {
		t.Fatal(err)
	}
	f.writeFile(entry{1, t0 + 2, "end\n"}, entry{1, t0 + 3, "b\n"})
	f.wait(out, line("stdout", 0, "a"), line("stdout", 1, "xxxxxxxxxx… (16387 bytes)"), line("stdout", 3, "b"))
}

// Killed while a line in fragments is on its way over rotations: the next run gives it whole, once.
func TestKilledWithinLine(t *testing.T) {
	long := strings.Repeat("x", fragment)
	f := newFake(t)
	f.logPath = filepath.Join(t.TempDir(), "c1-json.log")
	rotate := func() {
		_ = os.Rename(f.logPath+".1", f.logPath+".2")
		if err := os.Rename(f.logPath, f.logPath+".1"); err != nil {
			t.Fatal(err)
		}
	}
	f.writeFile(entry{1, t0, "a\n"}, entry{1, t0 + 1, long})
	out := &output{}
	s, stop := f.run(out, Options{Read: JSONFile})
	f.wait(out, line("stdout", 0, "a"))
	rotate()
	f.writeFile(entry{2, t0 + 2, "other\n"}, entry{1, t0 + 3, long})
	f.wait(out, line("stdout", 0, "a"), line("stderr", 2, "other"))
	rotate()
	f.writeFile(entry{1, t0 + 4, long}, entry{2, t0 + 5, "another\n"})
	f.wait(out, line("stdout", 0, "a"), line("stderr", 2, "other"), line("stderr", 5, "another"))
	state, _ := s.State()
	stop()
	f.writeFile(entry{1, t0 + 6, "end\n"}, entry{1, t0 + 7, "b\n"})
	again := &output{}
	_, stop = f.run(again, Options{Read: JSONFile, Resume: state})
	defer stop()
	f.wait(again, line("stdout", 1, "xxxxxxxxxx… (49155 bytes)"), line("stdout", 7, "b"))
}

// From the file to the API and back: after each restart nothing is lost, and what was acknowledged does not come again.
func TestChangeOfReading(t *testing.T) {
	f := newFake(t)
	f.logPath = filepath.Join(t.TempDir(), "c1-json.log")
	var want []string
	resume := Options{}
	for i, read := range []Read{JSONFile, API, JSONFile, JSONFile, API} {
		var more []entry
		for n := range int64(3) {
			at := (int64(i)*3 + n) * 1e6
			more = append(more, entry{1, t0 + at, "x\n"})
			want = append(want, line("stdout", at, "x"))
		}
		f.writeFile(more...)
		f.set(func() { f.log = append(f.log, more...) })
		out := &output{}
		resume.Read = read
		s, stop := f.run(out, resume)
		f.wait(out, want[3*i:]...)
		stop()
		resume.Resume, _ = s.State()
	}
}

// Forced, and not possible: told, with what to do instead.
func TestFileThatCannotBeRead(t *testing.T) {
	f := newFake(t)
	f.logPath = "/not/there/c1-json.log"
	f.log = []entry{{1, t0, "a\n"}}
	told := make(chan notice.Change, 8)
	out := &output{}
	_, stop := f.run(out, Options{Read: JSONFile, Board: notice.New(func(c notice.Change) { told <- c })})
	c := <-told
	if want := "read the log file of container one: open /not/there/c1-json.log: no such file or directory"; c.Text != want || c.Hint == "" {
		t.Errorf("told %+v, want %q", c, want)
	}
	stop()
	_, stop = f.run(out, Options{Read: Auto})
	defer stop()
	f.wait(out, line("stdout", 0, "a"))
}

// What the engine has rotated away, packed or not, is there from the beginning on, in order.
func TestFromRotatedFiles(t *testing.T) {
	minute := int64(60e9)
	for _, tt := range []struct {
		name  string
		start source.Start
		want  int // the first of five lines
	}{
		{"from the beginning", source.Start{Mode: source.FromBeginning}, 0},
		{"the last three lines", source.Start{Mode: source.FromTail, Lines: 3}, 2},
		{"since a moment within a rotated file", source.Start{Mode: source.FromTime, Since: time.Unix(0, t0+minute+1)}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.logPath = filepath.Join(t.TempDir(), "c1-json.log")
			var want []string
			for i := range int64(5) {
				if i > 0 && i < 4 { // as the engine does: 3 is the oldest
					for n := 2; n > 0; n-- {
						_ = os.Rename(fmt.Sprint(f.logPath, ".", n), fmt.Sprint(f.logPath, ".", n+1))
					}
					if err := os.Rename(f.logPath, f.logPath+".1"); err != nil {
						t.Fatal(err)
					}
				}
				f.writeFile(entry{1, t0 + i*minute, fmt.Sprintln(i)})
				want = append(want, line("stdout", i*minute, fmt.Sprint(i)))
			}
			out := &output{}
			_, stop := f.run(out, Options{Read: JSONFile, Start: tt.start})
			defer stop()
			f.wait(out, want[tt.want:]...)
			f.writeFile(entry{1, t0 + 9*minute, "later\n"})
			f.wait(out, append(want[tt.want:], line("stdout", 9*minute, "later"))...)
		})
	}
}

// A kill after the engine has rotated its log within a long line leaves the
// beginning of the line in the file before; what was acknowledged behind it does not come again.
func TestKilledWithinRotatedLine(t *testing.T) {
	long := strings.Repeat("x", fragment)
	f := newFake(t)
	f.logPath = filepath.Join(t.TempDir(), "c1-json.log")
	f.writeFile(entry{1, t0, "a\n"}, entry{1, t0 + 1, long}, entry{2, t0 + 2, "between\n"})
	out := &output{}
	s, stop := f.run(out, Options{Read: JSONFile})
	f.wait(out, line("stdout", 0, "a"), line("stderr", 2, "between"))
	if err := os.Rename(f.logPath, f.logPath+".1"); err != nil {
		t.Fatal(err)
	}
	f.writeFile(entry{2, t0 + 3, "in the next file\n"})
	f.wait(out, line("stdout", 0, "a"), line("stderr", 2, "between"), line("stderr", 3, "in the next file"))
	stop()
	state, _ := s.State()
	for _, read := range []Read{JSONFile, API} {
		again := &output{}
		f.log = []entry{{1, t0, "a\n"}, {1, t0 + 1, long}, {2, t0 + 2, "between\n"}, {2, t0 + 3, "in the next file\n"}, {1, t0 + 1, "end\n"}, {1, t0 + 4, "b\n"}}
		if read == JSONFile {
			f.writeFile(entry{1, t0 + 1, "end\n"}, entry{1, t0 + 4, "b\n"})
		}
		_, stop := f.run(again, Options{Read: read, Resume: state})
		f.wait(again, line("stdout", 1, "xxxxxxxxxx… (16387 bytes)"), line("stdout", 4, "b"))
		stop()
	}
}
