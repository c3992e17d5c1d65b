package file_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// output keeps what it was sent, by the base name of the log, and
// acknowledges it at once or when it is told to.
type output struct {
	pool record.Pool
	hold bool // positions are not committed

	mu   sync.Mutex
	got  map[string][]string
	open int

	count   map[string]int // not nil: lines are counted and not kept
	before  int            // bytes of all logs when one came for the first time
	bytes   int
	largest int // batch, in bytes
}

type stream struct {
	*output
	key string
}

func (o *output) Pool() *record.Pool { return &o.pool }

func (o *output) Open(key string) source.Stream {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open++
	return &stream{o, key}
}

func (s *stream) Close(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	return nil
}

func (s *stream) Send(ctx context.Context, b *record.Batch) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.got == nil {
		s.got = map[string][]string{}
	}
	name := filepath.Base(b.Origin.Name)
	s.largest = max(s.largest, len(b.Buf))
	if s.output.count != nil {
		if s.output.count[name] == 0 && len(b.Records) > 0 {
			s.before = s.bytes
		}
		s.bytes += len(b.Buf)
		s.output.count[name] += len(b.Records)
		b.Records = b.Records[:0]
	}
	for i := range b.Records {
		text := string(b.Message(i))
		switch f := b.Records[i].Flags; {
		case f&record.Partial != 0:
			text += "(partial)"
		case f&record.Cut != 0:
			text += "(cut)"
		}
		s.got[name] = append(s.got[name], text)
	}
	if b.Position != nil && !s.hold {
		b.Position.Commit()
	}
	b.Release()
	return nil
}

func (o *output) counted(name string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count[name]
}

// text is all that came, "name: line line…" sorted by name.
func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(o.got)) {
		if len(o.got[name]) > 0 {
			all = append(all, name+": "+strings.Join(o.got[name], " "))
		}
	}
	return strings.Join(all, "; ")
}

// patience is for busy machines.
const patience = 30 * time.Second

// bench is a directory, and a source that runs on it.
type bench struct {
	*testing.T
	dir   string
	out   *output
	board *notice.Board
	told  []string // by the board
	mu    sync.Mutex
	state source.State
	stop  func() error
	s     *file.Source
}

func newBench(t *testing.T) *bench {
	b := &bench{T: t, dir: t.TempDir(), out: &output{}}
	b.board = notice.New(func(c notice.Change) {
		b.mu.Lock()
		defer b.mu.Unlock()
		end := ""
		if c.Ended {
			end = " (ended)"
		}
		b.told = append(b.told, strings.ReplaceAll(c.Text, b.dir, "DIR")+end)
	})
	return b
}

func (b *bench) tell() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.told, "; ")
}

// run starts a source on the state that the last one has left.
func (b *bench) run(opt file.Options) {
	b.Helper()
	for i, p := range opt.Patterns {
		opt.Patterns[i] = filepath.Join(b.dir, p)
	}
	opt.Board, opt.Resume = b.board, b.state
	if opt.Rescan == 0 {
		opt.Rescan = 200 * time.Millisecond
	}
	s, err := file.New(opt)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, b.out) }()
	b.s = s
	b.stop = sync.OnceValue(func() error {
		if opt.Follow {
			cancel()
		}
		err := <-ended
		cancel()
		b.state, _ = s.State()
		if b.out.open != 0 {
			b.Errorf("%d streams are open", b.out.open)
		}
		return err
	})
	b.Cleanup(func() { cancel(); _ = b.stop() })
	// What is made from here on has appeared later.
	b.until("begun", "true", func() string {
		state, _ := s.State()
		_, ok := state["patterns"]
		return fmt.Sprint(ok)
	})
}

func (b *bench) end() {
	b.Helper()
	if err := b.stop(); err != nil {
		b.Fatal(err)
	}
}

// wait waits until what came is what is wanted.
func (b *bench) wait(want string) {
	b.Helper()
	b.until("what came", want, b.out.text)
}

func (b *bench) until(what, want string, get func() string) {
	b.Helper()
	deadline := time.Now().Add(patience)
	for get() != want {
		if time.Now().After(deadline) {
			b.Fatalf("%s: %s\nwant %s\ntold: %s", what, get(), want, b.tell())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) append(name, text string) {
	b.Helper()
	b.check(os.MkdirAll(filepath.Dir(b.path(name)), 0o755))
	f, err := os.OpenFile(b.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	b.check(err)
	_, err = f.WriteString(text)
	b.check(err)
	b.check(f.Close())
}

func (b *bench) rename(from, to string) { b.Helper(); b.check(os.Rename(b.path(from), b.path(to))) }

func (b *bench) check(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// numbered is lines from to to-1.
func numbered(from, to int) string {
	var text strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintln(&text, i)
	}
	return text.String()
}
