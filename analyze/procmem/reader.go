package procmem

import (
	"errors"
	"io"
	"time"

	"github.com/logcap/logcap/analyze/goroutine"
)

// Reader reads the goroutines of one process. It is not safe for use by several
// goroutines at once.
type Reader struct {
	mem     Memory
	image   *image
	exe     io.Closer
	scanner scanner
	stacks  stackReader
	symbols *symbols
	clock   func() (time.Time, int64)
}

// Source is where a process's memory and program come from.
type Source struct {
	Memory Memory
	// Exe is the executable's file. The Reader closes it, and Memory, when they
	// are io.Closers; when New fails, it has closed Exe.
	Exe io.ReaderAt
	// Entry is the address at which the process began to run (AT_ENTRY of its
	// auxiliary vector), from which follows where a position independent program was loaded.
	Entry uint64
	// Clock gives the time and the reading of the runtime's monotonic clock at
	// that time, in nanoseconds, 0 when it is not known.
	Clock func() (time.Time, int64)
}

// New prepares to read a process; it fails when its program is no Go program,
// or of a version whose goroutines are laid out in a way that is not known.
func New(s Source) (*Reader, error) {
	im, err := openImage(s.Exe, s.Entry, s.Memory)
	if err != nil {
		return nil, errors.Join(err, closeIf(s.Exe))
	}
	r := &Reader{mem: s.Memory, image: im, symbols: newSymbols(im), clock: s.Clock}
	r.exe, _ = s.Exe.(io.Closer)
	r.scanner = scanner{im: im, mem: s.Memory}
	r.stacks = stackReader{mem: s.Memory, unwinder: newUnwinder(im)}
	return r, nil
}

func closeIf(v any) error {
	if c, ok := v.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Close closes the executable and the memory.
func (r *Reader) Close() error { return errors.Join(closeIf(r.exe), closeIf(r.mem)) }

// Build is what the executable says of itself.
func (r *Reader) Build() Build { return r.image.build }

// Snapshot reads all goroutines as a traceback would show them, with their
// stacks as the options say. The tally counts all structs, the runtime's own
// goroutines' too.
func (r *Reader) Snapshot(opts Options) (*goroutine.Snapshot, Scan, error) {
	at, now := r.clock()
	return r.snapshot(at, now, opts)
}

// Scan gives every goroutine's struct, those of goroutines that have ended
// included, without their stacks. A batch is good until the function returns;
// when the process ends or begins another program, what was given until then
// was still right, and the error is ErrGone or ErrReplaced.
func (r *Reader) Scan(each func(batch []G) error) (Scan, error) { return r.scanner.scan(each) }
