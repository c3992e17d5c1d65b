//go:build linux && (amd64 || arm64)

package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/internal/agree"
)

// cell is one version built in one way.
type cell struct {
	goroutines, states, frames int
	layout                     string
	differences                []agree.Difference
	missing                    []string // states that the target was to have
	freezes, looks             int      // how often it was looked at until it held still
}

// versions compares in every cell of version and build.
func versions(ctx context.Context, o options, dir string, progress io.Writer) (result, error) {
	var r result
	cells := map[string][]cell{}
	for _, v := range o.versions {
		for _, b := range o.builds {
			fmt.Fprintf(progress, "%s %s\n", v, b.name)
			c, err := runCell(ctx, o.root, dir, v, b)
			if err != nil {
				return r, fmt.Errorf("%s, %s: %w", v, b.name, err)
			}
			for _, d := range c.differences {
				r.fail("%s, %s: %v", v, b.name, d)
			}
			for _, s := range c.missing {
				r.fail("%s, %s: no goroutine was in %q, so that was not compared", v, b.name, s)
			}
			fmt.Fprintf(progress, "  %v, held still for dump %d and %d\n", c, c.freezes, c.looks)
			cells[v] = append(cells[v], c)
		}
	}
	r.table = versionTable(o, cells)
	return r, nil
}

func runCell(ctx context.Context, root, dir, version string, b build) (c cell, err error) {
	bin, err := b.compile(ctx, root, dir, version)
	if err != nil {
		return c, err
	}
	t, err := startTarget(ctx, bin)
	if err != nil {
		return c, err
	}
	defer func() {
		if stopped := t.stop(); err == nil {
			err = stopped
		}
	}()
	c.layout = t.reader.Build().Layout
	seen := map[goroutine.State]bool{}
	if err := c.compareFrozen(t, seen); err != nil {
		return c, err
	}
	if err := c.compareLive(t, seen); err != nil {
		return c, err
	}
	if err := c.compareLabels(t); err != nil {
		return c, err
	}
	c.states = len(seen)
	for _, s := range expectedStates(version) {
		if !seen[s] {
			c.missing = append(c.missing, string(s))
		}
	}
	return c, nil
}

// tries is how often a comparison is made until the target held still for it:
// between its dump and its stop the scheduler may have come in between.
const tries = 5

// compareFrozen compares everything: nothing moves.
func (c *cell) compareFrozen(t *target, seen map[goroutine.State]bool) error {
	for c.freezes = 1; ; c.freezes++ {
		memory, dump, err := t.freeze()
		if err != nil {
			return err
		}
		differences := agree.Compare(memory, dump)
		if len(differences) > 0 && c.freezes < tries {
			continue
		}
		c.differences = append(c.differences, differences...)
		c.goroutines = len(dump)
		for _, row := range dump {
			seen[row.State] = true
			c.frames += len(row.Frames)
		}
		return nil
	}
}

// compareLive compares while one goroutine computes and the process is not
// stopped. The one that writes the dump reads its commands in memory.
func (c *cell) compareLive(t *target, seen map[goroutine.State]bool) error {
	if _, err := t.ask("procs 2"); err != nil {
		return err
	}
	for c.looks = 1; ; c.looks++ {
		before, err := t.memory()
		if err != nil {
			return err
		}
		dump, err := t.dump()
		if err != nil {
			return err
		}
		after, err := t.memory()
		if err != nil {
			return err
		}
		steady := agree.Steady(before, after)
		differences := agree.Compare(steady, dump)
		differences = slices.DeleteFunc(differences, func(d agree.Difference) bool { return isWriter(dump[d.ID], d) })
		if (len(differences) > 0 || len(steady) < len(before)) && c.looks < tries {
			continue
		}
		c.differences = append(c.differences, differences...)
		for _, row := range steady {
			seen[row.State] = true
		}
		return nil
	}
}

// isWriter knows the goroutine that writes the dump: it runs then, and waits
// for a command before and after. Where it was created has to agree all the same.
func isWriter(dump agree.Row, d agree.Difference) bool {
	n := len(dump.Frames)
	return n > 0 && dump.Frames[n-1].Func == "main.serve" && dump.State == "running" && (d.Field == agree.State || d.Field == agree.Stack)
}

// compareLabels compares how many goroutines have each set of labels.
func (c *cell) compareLabels(t *target) error {
	proto, err := t.proto()
	if err != nil {
		return err
	}
	memory, err := t.memory()
	if err != nil {
		return err
	}
	want, got := map[string]int{}, map[string]int{}
	for i := range proto.Stacks {
		if st := &proto.Stacks[i]; len(st.Labels) > 0 {
			want[fmt.Sprintf("%q", st.Labels)] += st.Count
		}
	}
	for _, row := range memory {
		if len(row.Labels) > 0 {
			labels := maps.Clone(row.Labels)
			maps.DeleteFunc(labels, func(_, value string) bool { return value == "" }) // a proto has no empty text
			got[fmt.Sprintf("%q", labels)]++
		}
	}
	if len(want) < 2 || !maps.Equal(want, got) {
		c.differences = append(c.differences, agree.Difference{Field: "labels", Memory: fmt.Sprint(got), Dump: fmt.Sprint(want)})
	}
	return nil
}

// expectedStates are the states the target is to have, so that a cell that
// compared little does not pass.
func expectedStates(version string) []goroutine.State {
	all := []goroutine.State{"chan receive", "chan send", "chan receive (nil chan)", "chan send (nil chan)", "select", "select (no cases)",
		"sync.Mutex.Lock", "sync.RWMutex.RLock", "sync.RWMutex.Lock", "sync.WaitGroup.Wait", "sync.Cond.Wait", "sleep", "IO wait", "syscall",
		"runnable", "running"}
	if !strings.HasPrefix(version, "go1.22.") {
		all = append(all, "coroutine")
	}
	return all
}

func versionTable(o options, cells map[string][]cell) string {
	var b strings.Builder
	b.WriteString("| Go |")
	for _, bd := range o.builds {
		fmt.Fprintf(&b, " %s |", bd.name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(o.builds)) + "\n")
	for _, v := range o.versions {
		fmt.Fprintf(&b, "| %s |", strings.TrimPrefix(v, "go"))
		for _, c := range cells[v] {
			fmt.Fprintf(&b, " %s |", c)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (c cell) String() string {
	if n := len(c.differences) + len(c.missing); n > 0 {
		return fmt.Sprintf("**%d wrong**", n)
	}
	return fmt.Sprintf("%d, %d frames, %d states", c.goroutines, c.frames, c.states)
}
