//go:build linux && (amd64 || arm64)

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/logcap/logcap/internal/agree"
)

// programRun is one program of testdata as it is started once.
type programRun struct {
	folder, name, style string
	seed                int
}

// programRuns is every leaky program in every style, and every healthy one.
func programRuns(root string, quick bool) ([]programRun, error) {
	styles := []string{"func", "method", "wg"}
	var runs []programRun
	for _, folder := range []string{"leaky", "healthy"} {
		mains, err := filepath.Glob(filepath.Join(root, "testdata", folder, "*", "main.go"))
		if err != nil || len(mains) == 0 {
			return nil, fmt.Errorf("list testdata/%s: %w", folder, os.ErrNotExist)
		}
		for i, path := range mains {
			if quick && i%7 != 0 {
				continue
			}
			r := programRun{folder: folder, name: filepath.Base(filepath.Dir(path)), style: styles[i%len(styles)], seed: i + 1}
			if folder == "healthy" || quick {
				runs = append(runs, r)
				continue
			}
			for k, style := range styles {
				r.style, r.seed = style, i+k+1
				runs = append(runs, r)
			}
		}
	}
	return runs, nil
}

// programs compares for each of them. They run a few at a time, and most of the
// time they wait.
func programs(ctx context.Context, o options, dir string, progress io.Writer) (result, error) {
	var r result
	runs, err := programRuns(o.root, o.quick)
	if err != nil {
		return r, err
	}
	fmt.Fprintf(progress, "%d programs of testdata\n", len(runs))
	bin := filepath.Join(dir, "programs")
	args := []string{"build", "-o", bin + string(filepath.Separator)}
	for _, p := range runs {
		args = append(args, "./"+p.folder+"/"+p.name)
	}
	if err := goCommand(ctx, filepath.Join(o.root, "testdata"), nil, args...); err != nil {
		return r, err
	}
	views := make([]view, len(runs))
	var group errgroup.Group
	group.SetLimit(8)
	for i, p := range runs {
		group.Go(func() error {
			var err error
			if views[i], err = p.look(ctx, filepath.Join(bin, p.name)); err != nil {
				return fmt.Errorf("%s -style %s -seed %d: %w", p.name, p.style, p.seed, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return r, err
	}
	for i, v := range views {
		for _, d := range v.differences {
			r.fail("%s -style %s -seed %d: %v", runs[i].name, runs[i].style, runs[i].seed, d)
		}
	}
	r.judge(runs, views)
	return r, nil
}

// stateBar is the share of goroutines whose states are to agree, of those that
// were in the same state before and after the dump.
const stateBar = 0.999

// judge makes the table and holds the states to their bar.
func (r *result) judge(runs []programRun, views []view) {
	var b strings.Builder
	b.WriteString("| programs | runs | goroutines | go statements | counts, lines, parents, stacks differ | held still | of dumps | states compared in all | differ |\n|---|---|---|---|---|---|---|---|---|\n")
	var all view
	for _, folder := range []string{"leaky", "healthy"} {
		var sum view
		n := 0
		for i, v := range views {
			if runs[i].folder == folder {
				sum.add(v)
				n++
			}
		}
		all.add(sum)
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d | %d | %d |\n", folder, n, sum.goroutines, sum.sites, len(sum.differences),
			sum.still, sum.dumps, sum.states, sum.statesDiffer)
	}
	r.table = b.String()
	if all.states == 0 || float64(all.statesDiffer) > (1-stateBar)*float64(all.states) {
		r.fail("%d of %d states differ, more than %.1f in 1,000", all.statesDiffer, all.states, 1000*(1-stateBar))
	}
}

// view is what looking at one program brought.
type view struct {
	goroutines, sites    int // of the dump for which it held still, or of the last one
	still, dumps         int // dumps, and those around which no goroutine changed
	states, statesDiffer int // of goroutines that did not change, in all dumps
	differences          []agree.Difference
}

func (v *view) add(o view) {
	v.goroutines, v.sites = v.goroutines+o.goroutines, v.sites+o.sites
	v.still, v.dumps = v.still+o.still, v.dumps+o.dumps
	v.states, v.statesDiffer = v.states+o.states, v.statesDiffer+o.statesDiffer
	v.differences = append(v.differences, o.differences...)
}

// settle is how long a program works before it is looked at.
const settle = 3 * time.Second

// looks is how many dumps are taken at most until a program holds still for one.
const looks = 20

func (p programRun) look(ctx context.Context, bin string) (v view, err error) {
	s, err := startService(ctx, bin, "-seed", fmt.Sprint(p.seed), "-style", p.style, "-leak-rate", "600",
		"-stop-after", (settle / 2).String(), "-stuck-after", "1s", "-duration", "2m")
	if err != nil {
		return v, err
	}
	defer func() {
		if stopped := s.stop(); err == nil {
			err = stopped
		}
	}()
	select {
	case <-ctx.Done():
		return v, ctx.Err()
	case <-time.After(settle):
	}
	if _, err := s.dump(ctx); err != nil { // the connection is there from now on
		return v, err
	}
	for v.still == 0 && v.dumps < looks {
		time.Sleep(20 * time.Millisecond)
		if err := v.compare(ctx, s); err != nil {
			return v, err
		}
	}
	return v, nil
}

// compare takes a dump between two looks at memory.
func (v *view) compare(ctx context.Context, s *service) error {
	before, err := s.memory()
	if err != nil {
		return err
	}
	dump, err := s.dump(ctx)
	if err != nil {
		return err
	}
	after, err := s.memory()
	if err != nil {
		return err
	}
	v.dumps++
	differences := takeWriter(before, dump, after)
	steady := agree.Steady(before, after)
	v.states += len(steady)
	v.goroutines, v.sites = len(dump), len(agree.Sites(dump))
	still := len(steady) == len(before) && len(steady) == len(after)
	if still {
		v.still++
	} else {
		dump = agree.Only(dump, steady)
	}
	for _, d := range append(differences, agree.Compare(steady, dump)...) {
		switch {
		case d.Field == agree.State:
			v.statesDiffer++
		case d.Field == agree.Stack && !still: // it went and came back meanwhile
		default:
			v.differences = append(v.differences, d)
		}
	}
	return nil
}

// takeWriter takes out what the dump itself causes, and no more: the goroutine
// that serves the connection, which waited before, and the one it started to
// notice that the client hangs up.
func takeWriter(before, dump, after map[uint64]agree.Row) []agree.Difference {
	const watcher = "net/http.(*connReader).startBackgroundRead"
	var differences []agree.Difference
	for id, row := range dump {
		if n := len(row.Frames); row.State != "running" || n == 0 || row.Frames[n-1].Func != "net/http.(*conn).serve" {
			continue
		}
		// Where it was created has to agree; that it ran is known.
		for _, d := range agree.Compare(agree.Only(before, map[uint64]agree.Row{id: row}), map[uint64]agree.Row{id: row}) {
			if d.Field != agree.State && d.Field != agree.Stack {
				differences = append(differences, d)
			}
		}
		for _, rows := range []map[uint64]agree.Row{before, dump, after} {
			delete(rows, id)
			for kid, r := range rows {
				if r.Parent == id && r.Created.Func == watcher {
					delete(rows, kid)
				}
			}
		}
		return differences
	}
	return append(differences, agree.Difference{Field: agree.Presence, Memory: "nothing about it", Dump: "not who wrote it"})
}
