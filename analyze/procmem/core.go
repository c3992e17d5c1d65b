package procmem

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// CoreInfo is what a core says of the process it is of.
type CoreInfo struct {
	PID int
	// Command is up to 15 bytes of the name of its executable.
	Command string
	// Exe is the path of the executable that was read.
	Exe string
	// Machine is the processor's architecture as Go names it, "amd64" or "arm64".
	Machine string
	// Signal is the number of the signal that ended it, or by which a debugger stopped it; 0 none.
	Signal  int
	Threads int
	// Time is when the core was written last: a core itself says nothing of the time.
	Time time.Time
	// Missing is how many bytes the core should have, and its file has not.
	Missing int64
	// Matched says that executable and core were compared, and not only found to fit.
	Matched bool
}

// OpenCore prepares to read an ELF core of a Go process on Linux, written on this
// or another machine. exe is the path of the executable that the process ran; ""
// is the one that the core names, which must still be there.
//
// How long goroutines have waited is counted to the start of the last garbage
// collection in which any of them was found waiting: the clock is not in the core.
// The runtime collects every two minutes at least, so waits are too short by so much at most.
func OpenCore(path, exe string) (*Reader, CoreInfo, error) {
	return openCoreBy(openRegular, path, exe)
}

// opener opens what is read of a core: its own file and the executable's.
type opener func(path string) (file, error)

type file interface {
	io.ReaderAt
	io.Closer
	Stat() (os.FileInfo, error)
}

// openRegular opens a file and nothing else: a pipe would be waited for.
func openRegular(path string) (file, error) {
	stat, err := os.Stat(path)
	if err == nil && !stat.Mode().IsRegular() {
		err = errors.New("not a file")
	}
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

func openCoreBy(open opener, path, exe string) (*Reader, CoreInfo, error) {
	file, err := open(path)
	if err != nil {
		return nil, CoreInfo{}, err
	}
	r, info, err := openCore(open, file, exe)
	if err != nil {
		return nil, info, errors.Join(err, file.Close())
	}
	return r, info, nil
}

func openCore(open opener, file file, exe string) (*Reader, CoreInfo, error) {
	stat, err := file.Stat()
	if err != nil {
		return nil, CoreInfo{}, err
	}
	core, err := parseCore(file, stat.Size())
	if err != nil {
		return nil, CoreInfo{}, err
	}
	info := core.info()
	info.Time = stat.ModTime().UTC()
	program, err := core.program(open, exe)
	if err != nil {
		return nil, info, core.cutShort(err)
	}
	info.Exe, info.Matched = program.path, program.matched
	r, err := New(Source{Memory: core, Exe: program, Entry: core.notes.entry})
	if err != nil {
		return nil, info, core.cutShort(core.unfit(program, err))
	}
	if err := core.prepare(r, info.Time); err != nil {
		return nil, info, err
	}
	program.core = file
	return r, info, nil
}

// prepare gives the reader the clock, and the places of what was running.
func (c *coreFile) prepare(r *Reader, at time.Time) error {
	var last int64
	_, err := r.Scan(func(batch []G) error {
		for i := range batch {
			if g := &batch[i]; !g.Dead() {
				last = max(last, g.Since)
			}
		}
		return nil
	})
	r.clock = func() (time.Time, int64) { return at, last }
	r.stacks.threads = c.notes.threads
	if err != nil {
		return errors.Join(err, r.Close())
	}
	return nil
}

func (c *coreFile) info() CoreInfo {
	n := &c.notes
	return CoreInfo{PID: n.pid, Command: n.command, Machine: goArch(c.machine), Signal: n.signal, Threads: len(n.threads), Missing: c.missing}
}

// cutShort names the likeliest reason for which a core with an early end cannot be read.
func (c *coreFile) cutShort(err error) error {
	if c.missing == 0 {
		return err
	}
	return fail(hintCut, "it is cut short, %d bytes are missing, and what is there is not enough: %w", c.missing, err)
}

// unfit explains why an executable that could not be compared with the core
// does not go with it.
func (c *coreFile) unfit(p *program, err error) error {
	var known *Error
	if p.matched || errors.As(err, &known) && known.hint == hintNotGo {
		return err
	}
	return fail(hintExe, "%q does not seem to be the program that left this core: %w", p.path, err)
}

const (
	hintCore   = "cores of Linux are read: what gcore or the kernel wrote, unpacked"
	hintCopied = "write or copy it again: cp --sparse=always keeps it small"
	hintDump   = "take a dump of such a process instead: kill -QUIT has it write one and end"
	hintCut    = "let the next one be whole: ulimit -c unlimited, and room on the disk"
	hintExe    = "name the very file that ran with --exe; one that was built anew is another"
	hintNoExe  = "name it with --exe PATH; from a container, docker cp gets it out of the image"
)

func notThere(path string, err error) error {
	var named *os.PathError
	if errors.As(err, &named) {
		err = named.Err
	}
	return fail(hintNoExe, "the executable that left this core, %q: %w", path, err)
}

// String names the process for a line of output.
func (i CoreInfo) String() string {
	return fmt.Sprintf("%s, process %d, on %s", i.Command, i.PID, i.Machine)
}
