//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/lineage"
	"github.com/logcap/logcap/analyze/procmem"
)

// job is what this program does as a process that is measured.
type job struct {
	What string // "nothing", or one of tasks()
	PID  int
	// Times is how often, Every the pause from one beginning to the next, 0 for none.
	Times int
	Every time.Duration
}

// done is what it tells.
type done struct {
	Open  time.Duration
	Takes []time.Duration
	Last  tally
	Peak  int64 // bytes, VmHWM
}

// tally is what one reading found.
type tally struct {
	Goroutines, Sites, IDs int
	Failed, Retried        int
}

// task is one way to read a process once.
type task func(*procmem.Reader) (tally, error)

func tasks() map[string]task {
	return map[string]task{
		"scan": scan, "snapshot": snapshot(procmem.Options{}), "stacks": snapshot(procmem.Options{AllStacks: true}), "light": light(lineage.New(0)),
	}
}

func child(arg string) error {
	var j job
	if err := json.Unmarshal([]byte(arg), &j); err != nil {
		return err
	}
	d, err := j.do()
	if err != nil {
		return err
	}
	if d.Peak, err = peak(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(d)
}

func (j job) do() (d done, err error) {
	if j.What == "nothing" {
		return d, nil
	}
	one, ok := tasks()[j.What]
	if !ok {
		return d, fmt.Errorf("no task is called %q", j.What)
	}
	start := time.Now()
	r, err := procmem.OpenPID(j.PID)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	d.Open = time.Since(start)
	next := time.Now()
	for range j.Times {
		start := time.Now()
		if d.Last, err = one(r); err != nil {
			return d, err
		}
		d.Takes = append(d.Takes, time.Since(start))
		next = next.Add(j.Every)
		time.Sleep(time.Until(next))
	}
	return d, nil
}

// site is what a scan counts by.
type site struct {
	goPC, startPC uint64
	reason        uint8
	status        uint32
}

// scan counts all goroutines by creator, entry and state, and keeps every id.
func scan(r *procmem.Reader) (tally, error) {
	counts := map[site]int{}
	var ids []uint64
	seen, err := r.Scan(func(batch []procmem.G) error {
		for i := range batch {
			g := &batch[i]
			ids = append(ids, g.ID)
			if !g.Dead() {
				counts[site{g.GoPC, g.StartPC, g.Reason, g.Status}]++
			}
		}
		return nil
	})
	return tally{seen.Live, len(counts), len(ids), seen.Failed, seen.Retried}, err
}

func snapshot(o procmem.Options) task {
	return func(r *procmem.Reader) (tally, error) {
		s, seen, err := r.Snapshot(o)
		if err != nil {
			return tally{}, err
		}
		t := tally{Sites: len(s.Stacks), Failed: s.Failed, Retried: seen.Retried}
		for i := range s.Stacks {
			t.Goroutines += s.Stacks[i].Count
			t.IDs += len(s.Stacks[i].Goroutines)
		}
		return t, complete(s)
	}
}

// complete checks that every stack says where its goroutines are. Of one that
// runs the memory tells its entry at most, and not when that is a wrapper of the compiler's.
func complete(s *goroutine.Snapshot) error {
	for i := range s.Stacks {
		st := &s.Stacks[i]
		if len(st.Frames) == 0 && st.State != "running" || st.State == "" {
			return fmt.Errorf("%d goroutines created by %q have no frame or no state", st.Count, st.Created.Func)
		}
	}
	return nil
}

// light remembers every goroutine it has seen, as a watch does that looks for descent.
func light(tracker *lineage.Tracker) task {
	return func(r *procmem.Reader) (tally, error) {
		tracker.Begin()
		seen, err := r.Scan(func(batch []procmem.G) error {
			for i := range batch {
				g := &batch[i]
				tracker.Saw(lineage.Sighting{ID: g.ID, Parent: g.Parent, GoPC: g.GoPC, StartPC: g.StartPC, Addr: g.Addr, Dead: g.Dead()})
			}
			return nil
		})
		tracker.End()
		return tally{Goroutines: seen.Live, IDs: tracker.Remembered(), Failed: seen.Failed, Retried: seen.Retried}, err
	}
}

// peak is the most memory this process had since it began its program, in bytes.
func peak() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	kib, _, ok := bytes.Cut(bytes.TrimSpace(rest), []byte(" kB"))
	if !ok {
		return 0, errors.New("/proc/self/status does not tell VmHWM")
	}
	n, err := strconv.ParseInt(string(kib), 10, 64)
	return n << 10, err
}
