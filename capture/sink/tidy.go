package sink

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// tidy compresses rotated files and removes those that are too many. It does so
// beside the writing, in one goroutine that lives while there is work: a file
// of 100 MiB takes gzip a second. What it leaves undone is done after the next rotation or start.
type tidy struct {
	sink *File

	mu      sync.Mutex
	paths   []string // whose rotated files are to be looked at
	running bool
	err     error
	stop    context.CancelFunc
	done    sync.WaitGroup
}

// add has the rotated files of path looked at soon.
func (t *tidy) add(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(t.paths, path) {
		t.paths = append(t.paths, path)
	}
	if t.running {
		return
	}
	t.running = true
	ctx, stop := context.WithCancel(context.Background())
	t.stop = stop
	t.done.Go(func() { t.run(ctx) })
}

func (t *tidy) run(ctx context.Context) {
	for {
		t.mu.Lock()
		if len(t.paths) == 0 || ctx.Err() != nil {
			t.running = false
			t.stop()
			t.mu.Unlock()
			return
		}
		path := t.paths[0]
		t.paths = t.paths[1:]
		t.mu.Unlock()
		if err := t.look(ctx, path); err != nil && ctx.Err() == nil {
			t.mu.Lock()
			t.err = err
			t.mu.Unlock()
		}
	}
}

// close ends the work and waits for it. The error is the last trouble.
func (t *tidy) close() error {
	t.mu.Lock()
	if t.running {
		t.stop()
	}
	t.mu.Unlock()
	t.done.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// look compresses the rotated files of path, the oldest first, and removes the oldest when there are too many.
func (t *tidy) look(ctx context.Context, path string) error {
	root, err := os.OpenRoot(filepath.Join(t.sink.path.root, filepath.Dir(path)))
	if err != nil {
		return t.sink.failed("open the folder of", path, err)
	}
	defer root.Close()
	dir, err := root.Open(".")
	if err != nil {
		return t.sink.failed("open the folder of", path, err)
	}
	names, err := dir.Readdirnames(-1)
	if err = errors.Join(err, dir.Close()); err != nil {
		return t.sink.failed("list the folder of", path, err)
	}
	remove := func(name string) {
		if e := root.Remove(name); e != nil {
			err = both(err, t.sink.failed("remove", filepath.Join(filepath.Dir(path), name), e))
		}
		t.sink.forgets(filepath.Join(root.Name(), name))
	}
	slices.Sort(names) // a plain file comes before its compressed form
	var kept []string
	for _, name := range names {
		if _, ending, ok := rotated(path, name); ok {
			if filepath.Ext(ending) == unready { // of a collector that ended in the middle of it
				remove(name)
				continue
			}
			if info, err := root.Stat(name); err == nil {
				t.sink.knows(filepath.Join(root.Name(), name), info)
			}
			kept = append(kept, name)
		}
	}
	// A plain file beside its compressed form was to be removed: the other has its name only since it is whole.
	kept = slices.DeleteFunc(kept, func(name string) bool {
		whole := slices.Contains(kept, name+".gz") || slices.Contains(kept, name+".zst")
		if whole {
			remove(name)
		}
		return whole
	})
	if most := t.sink.opts.Keep; most > 0 && len(kept) > most {
		for _, name := range kept[:len(kept)-most] {
			remove(name)
		}
		kept = kept[len(kept)-most:]
	}
	for _, name := range kept {
		if _, ending, _ := rotated(path, name); ending == "" && t.sink.opts.Compress != "none" && t.sink.opts.Compress != "" {
			if e := t.compress(ctx, root, name); e != nil {
				err = both(err, t.sink.failed("compress", filepath.Join(filepath.Dir(path), name), e))
			} else {
				remove(name)
			}
		}
	}
	return err
}

// compress puts the compressed form beside a rotated file. It has its name once it is whole and on the disk.
func (t *tidy) compress(ctx context.Context, root *os.Root, name string) error {
	ending := ".gz"
	if t.sink.opts.Compress == "zstd" {
		ending = ".zst"
	}
	in, err := root.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	part := name + ending + unready
	out, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	if err = t.pack(out, whileAlive{ctx, in}); err == nil {
		err = out.Sync()
	}
	info, e := out.Stat()
	if err = errors.Join(err, e, out.Close()); err == nil {
		t.sink.knows(filepath.Join(root.Name(), name+ending), info)
		err = root.Rename(part, name+ending)
	}
	if err != nil {
		_ = root.Remove(part) // the next look does it otherwise
	}
	return err
}

func (t *tidy) pack(out io.Writer, in io.Reader) (err error) {
	var z io.WriteCloser
	if t.sink.opts.Compress == "zstd" {
		z, err = zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20))
	} else {
		z, err = gzip.NewWriterLevel(out, gzip.BestSpeed)
	}
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{z}, in, make([]byte, 128<<10))
	return errors.Join(err, z.Close())
}

// whileAlive is a reader that ends with ctx.
type whileAlive struct {
	ctx context.Context
	r   io.Reader
}

func (r whileAlive) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
