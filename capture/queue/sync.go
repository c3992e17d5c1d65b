package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/logcap/logcap/capture/record"
)

// Sync is when what was appended is made to last a power cut. The end of the
// process alone costs nothing under any of them. Its zero value is `always`.
type Sync struct {
	Every time.Duration // so long after it was written at most; 0: at once
	Never bool          // the system does it when it likes
}

// ParseSync reads a policy in words: always, never, or interval and a duration.
func ParseSync(text string) (Sync, error) {
	switch words := strings.Fields(text); {
	case len(words) == 1 && words[0] == "always":
		return Sync{}, nil
	case len(words) == 1 && words[0] == "never":
		return Sync{Never: true}, nil
	case len(words) == 2 && words[0] == "interval":
		d, err := time.ParseDuration(words[1])
		if err != nil || d <= 0 {
			return Sync{}, fmt.Errorf("%q is not a positive duration", words[1])
		}
		return Sync{Every: d}, nil
	}
	return Sync{}, fmt.Errorf("%q is not always, never or interval and a duration", text)
}

// String is the policy in words.
func (s Sync) String() string {
	switch {
	case s.Never:
		return "never"
	case s.Every > 0:
		return "interval " + s.Every.String()
	}
	return "always"
}

// unsynced is an entry that waits for the disk, and the batch that waits for it.
type unsynced struct {
	segment *segment
	at      int64
	first   uint64
	batch   *record.Batch
}

// retryEvery is how long after a sync that failed the next one is tried.
const retryEvery = time.Second

func (q *Queue) wake() {
	select {
	case q.work <- struct{}{}:
	default:
	}
}

// Run syncs what is appended, as the policy says, until ctx is done, and then
// once more. told is given the error of each sync, which is nil when it went well. The error is that of the last one.
func (q *Queue) Run(ctx context.Context, told func(error)) error {
	wait := q.opts.Sync.Every
	for {
		select {
		case <-q.work:
		case <-ctx.Done():
			return q.sync()
		}
		if wait > 0 {
			q.linger(ctx, wait)
		}
		err := q.sync()
		told(err)
		wait = q.opts.Sync.Every
		if err != nil {
			wait = retryEvery
			q.wake()
		}
	}
}

// linger waits for more to sync: a time, or until that is much already.
func (q *Queue) linger(ctx context.Context, most time.Duration) {
	late := time.NewTimer(most)
	defer late.Stop()
	for {
		q.mu.Lock()
		much := q.held >= mostHeld && !q.rewrite
		q.mu.Unlock()
		if much {
			return
		}
		select {
		case <-q.work:
		case <-late.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// sync makes what is pending last, and acknowledges it. After an error it stays pending.
func (q *Queue) sync() error {
	q.mu.Lock()
	work, again := q.pending, q.rewrite
	q.pending, q.rewrite = nil, false
	q.mu.Unlock()
	if len(work) == 0 {
		return nil
	}
	if err := q.flush(work, again); err != nil {
		q.mu.Lock()
		q.pending, q.rewrite = append(work, q.pending...), true
		q.mu.Unlock()
		return err
	}
	var held int64
	for _, u := range work {
		held += u.batch.Size() // before Done: the memory is another batch's afterwards
		u.batch.Done()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, u := range work {
		u.segment.pending--
		q.release(u.segment)
	}
	q.held -= held
	q.signal()
	return nil
}

// flush syncs the files of entries. After a sync that failed the system may have thrown
// away what it could not write and say that all is well the next time, so they are written again before.
func (q *Queue) flush(work []unsynced, again bool) error {
	var done *segment
	named := true
	for i, u := range work {
		s := u.segment
		q.mu.Lock()
		gone := s.removed // delivered or dropped
		q.mu.Unlock()
		if gone {
			continue
		}
		if again {
			entry, err := appendEntry(nil, u.batch, u.first, s.first)
			if err == nil {
				_, err = s.file.WriteAt(entry, u.at)
			}
			if err != nil {
				return err
			}
			if i+1 < len(work) && work[i+1].segment == s {
				continue // the last one of a segment syncs it
			}
		}
		if s == done {
			continue
		}
		if err := s.file.Sync(); err != nil {
			return err
		}
		done = s
		named = named && s.synced
	}
	if named {
		return nil
	}
	if err := syncDir(q.opts.Dir); err != nil {
		return err
	}
	for _, u := range work {
		u.segment.synced = true
	}
	return nil
}

// writable says whether files can be made in a directory.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".probe-")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
