//go:build linux

package main

import (
	"os/exec"
	"path/filepath"

	"github.com/logcap/logcap/analyze/procmem"
)

// fate is how a process ends, and what its reader must say then.
type fate struct {
	name string
	args []string // of the target
	kill bool     // from outside; the others are told
	want error
	// begun is what an opening says, and rightly, that comes just behind the
	// exec: it finds the other program, of which a Go program has no goroutines yet.
	begun string
}

const noneYet = "its length is 0 of 0"

func fates(dir string) []fate {
	become := func(program string) []string { return []string{"-fate", "exec", "-exec", program} }
	return []fate{
		{name: "exits", args: []string{"-fate", "exit"}, want: procmem.ErrGone},
		{name: "is killed", kill: true, want: procmem.ErrGone},
		{name: "becomes another Go program", args: become(filepath.Join(dir, "other") + " -goroutines 500"), want: procmem.ErrReplaced, begun: noneYet},
		{name: "panics", args: []string{"-fate", "panic"}, want: procmem.ErrGone},
		{name: "begins its own program anew", args: become(filepath.Join(dir, "target") + " -still"), want: procmem.ErrReplaced, begun: noneYet},
		{name: "is ended by its runtime", args: []string{"-fate", "fatal"}, want: procmem.ErrGone},
		{name: "becomes a program that is not Go's", args: become("sleep 60"), want: procmem.ErrReplaced, begun: "not a Go program"},
	}
}

// command starts a target with this fate.
func (f *fate) command(target string) *exec.Cmd { return exec.Command(target, f.args...) }
