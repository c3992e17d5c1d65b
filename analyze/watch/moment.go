package watch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/inspect"
	"github.com/logcap/logcap/analyze/procmem"
	"github.com/logcap/logcap/analyze/recording"
	"github.com/logcap/logcap/analyze/scrape"
)

// Ask takes one snapshot of a live target: a dump, which knows ages and go
// statements, where the target is small enough for what a dump costs it, else the profile.
func Ask(ctx context.Context, target scrape.Address, o scrape.Options) (*goroutine.Snapshot, error) {
	if target.Scheme == "pid" {
		return inspect.Moment(target.PID, o.AllStacks)
	}
	c, err := scrape.New(target, o)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	profile := c.Scrape(ctx, recording.Goroutine)
	if profile.Failure != nil {
		return nil, profile.Failure
	}
	profile.Snapshot.Truncated = profile.Snapshot.Truncated || profile.Truncated
	ceiling := cmp.Or(max(0, o.DumpCeiling), scrape.DefaultDumpCeiling)
	if o.NoDumps || profile.Snapshot.Total > ceiling && !o.Force {
		return profile.Snapshot, nil
	}
	dump := c.Scrape(ctx, recording.Stacks)
	if dump.Failure != nil || dump.Snapshot == nil {
		return profile.Snapshot, nil // less is known of the same moment
	}
	dump.Snapshot.Truncated = dump.Snapshot.Truncated || dump.Truncated
	dump.Snapshot.Time = dump.Time
	return dump.Snapshot, nil
}

// Moment reads one snapshot of an input: of a profile or dump what it holds,
// of a recording its last dump, or its last profile when it has none. "-" is stdin.
func Moment(input string, from From) (*goroutine.Snapshot, error) {
	if info, err := os.Stat(input); err == nil && info.IsDir() && input != "-" {
		return lastMoment(input)
	}
	in, err := openInput(input, from.Stdin)
	if err != nil {
		return nil, inputError(input, err)
	}
	defer in.Close()
	head, err := in.Peek(sniffLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, inputError(input, err)
	}
	if procmem.IsCore(head) {
		return coreMoment(input, from.Exe)
	}
	snapshot, err := goroutine.Read(in, goroutine.Options{})
	if err != nil {
		return nil, inputError(input, err)
	}
	return snapshot, nil
}

func lastMoment(dir string) (*goroutine.Snapshot, error) {
	all, err := recording.OpenAll(dir)
	if err != nil {
		return nil, err
	}
	if len(all) > 1 {
		return nil, &InputError{Name: dir, Err: fmt.Errorf("it holds %d targets, and one moment is of one", len(all)), hint: "name the folder of one target in it"}
	}
	rec := all[0]
	entries := inTime(rec.Entries)
	for _, kind := range []recording.Kind{recording.Stacks, recording.Goroutine} {
		for i := len(entries) - 1; i >= 0; i-- {
			if e := entries[i]; e.Kind != kind || !e.Kept() {
				continue
			}
			s, err := rec.Read(entries[i])
			if err != nil {
				continue // an older one may be whole
			}
			snapshot, err := goroutine.Read(bytes.NewReader(s.Body), goroutine.Options{})
			if err != nil {
				continue
			}
			snapshot.Time = s.Time
			snapshot.Truncated = snapshot.Truncated || s.Truncated
			return snapshot, nil
		}
	}
	return nil, &InputError{Name: dir, Err: fmt.Errorf("no profile or dump in it can be read"), hint: "logcap report says what is wrong with it"}
}
