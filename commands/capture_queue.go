package commands

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/logcap/logcap/capture/deadletter"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/queue"
)

// Directories below that of --state.
const (
	queueDir   = "queue"
	lettersDir = "deadletters"
)

// defaultSync is when a queue on disk is synced, unless something else is said.
const defaultSync = "interval 1s"

// queueOptions are the flags of what stands between the sources and each sink.
type queueOptions struct {
	kind string
	size diskSize
	full string
	sync string

	letters diskSize
}

func (q *queueOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&q.kind, "queue", "memory", "where records wait for a sink: memory, disk (below the --state directory)")
	f.Var(&q.size, "queue-size", "bytes of each sink's queue (default 8MiB in memory, 1GiB on disk)")
	f.StringVar(&q.full, "queue-full", "block", "what happens when it is full: block, drop-oldest (counted)")
	f.Var(&q.letters, "deadletters-size", "bytes of records that sinks have refused for good, kept below the --state directory (default 100MiB)")
	f.StringVar(&q.sync, "queue-sync", defaultSync, "when a queue on disk is synced: always, 'interval 1s', never")
}

// check says what is wrong with the flags.
func (q *queueOptions) check(state string) error {
	for _, f := range []struct {
		name, value string
		known       []string
	}{{"queue", q.kind, []string{"memory", "disk"}}, {"queue-full", q.full, []string{"block", "drop-oldest"}}} {
		if !slices.Contains(f.known, f.value) {
			hint := ""
			if near := nearWord(f.value, f.known, 3); near != "" {
				hint = "did you mean " + near + "?"
			}
			return usagef(hint, "--%s is %s or %s, and not %q", f.name, f.known[0], f.known[1], f.value)
		}
	}
	if _, err := queue.ParseSync(q.sync); err != nil {
		return usagef("write --queue-sync 'interval 1s'", "--queue-sync: %w", err)
	}
	if q.kind == "disk" && state == "" {
		return usagef("add --state DIR", "--queue disk needs a directory to keep the queue in")
	}
	return nil
}

// box is where dead letters are kept; nil without a state directory.
func (q *queueOptions) box(state string) *deadletter.Box {
	if state == "" {
		return nil
	}
	return deadletter.New(deadletter.Options{Dir: filepath.Join(state, lettersDir), Bytes: int64(q.letters)})
}

// config is how records wait, where that is in memory.
func (q *queueOptions) config(c *deliver.Config, letters *deadletter.Box) {
	c.Full = map[string]deliver.Policy{"block": deliver.Block, "drop-oldest": deliver.DropOldest}[q.full]
	c.QueueBytes, c.Letters = int64(q.size), letters
}

// open puts the queue between the sources and a sink. A queue belongs to the sink of a name: http is the first --to
// http=, http-2 the second.
func (q *queueOptions) open(state string, board *notice.Board, c *deliver.Config, letters *deadletter.Box) (err error) {
	q.config(c, letters)
	if q.kind == "disk" {
		c.Queue, err = q.disk(state, board, c.Name)
	}
	return err
}

// disk opens the queue on disk of a sink.
func (q *queueOptions) disk(state string, board *notice.Board, name string) (*queue.Queue, error) {
	sync, err := queue.ParseSync(q.sync)
	if err != nil {
		return nil, err
	}
	opened, found, err := queue.Open(queue.Options{
		Dir: filepath.Join(state, queueDir, name), Bytes: int64(q.size), Sync: sync,
		Full: map[string]queue.Full{"block": queue.Block, "drop-oldest": queue.DropOldest}[q.full],
	})
	if err != nil {
		return nil, err
	}
	for _, note := range found.Notes {
		board.Tell("queue "+name, note)
	}
	return opened, nil
}

// tellForgotten names the queues of earlier runs that hold records and have no sink in this one.
func tellForgotten(state string, board *notice.Board, sinks *sinkSet) error {
	if state == "" {
		return nil
	}
	dirs, err := queueDirs(state)
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		name := filepath.Base(dir)
		if slices.ContainsFunc(sinks.configs, func(c deliver.Config) bool { return c.Name == name && c.Queue != nil }) {
			continue
		}
		if r, err := queue.Check(dir); err == nil && r.Waiting > 0 {
			board.Tell("queue "+name, &forgotten{name, dir, r.Waiting})
		}
	}
	return nil
}

// forgotten is a queue that no sink of this run reads.
type forgotten struct {
	name, dir string
	waiting   uint64
}

func (e *forgotten) Error() string {
	return fmt.Sprintf("the queue of the sink %s of an earlier run holds %s, and this run does not deliver them", e.name, records(e.waiting))
}

func (e *forgotten) Hint() string {
	return "run again with --queue disk and the same --to, or with a sink of that name that has a queue on disk; or remove " + e.dir
}

// queueDirs are the queues in a state directory.
func queueDirs(state string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(state, queueDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read queues: %w", err)
	}
	var all []string
	for _, e := range entries {
		if e.IsDir() {
			all = append(all, filepath.Join(state, queueDir, e.Name()))
		}
	}
	return all, nil
}

// diskSize is a flag of so many bytes, up to what disks have.
type diskSize int64

// String implements pflag.Value; "" stands for a default that hangs on other flags.
func (b *diskSize) String() string {
	if *b == 0 {
		return ""
	}
	return (*byteSize)(b).String()
}

// Set implements pflag.Value.
func (b *diskSize) Set(s string) error {
	n, err := parseBytes(s, math.MaxInt64>>8, "64 PiB")
	if err == nil && n < 1<<20 {
		err = fmt.Errorf("%q is less than 1 MiB", s)
	}
	*b = diskSize(n)
	return err
}

// Type implements pflag.Value.
func (b *diskSize) Type() string { return "size" }
