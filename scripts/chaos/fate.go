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
	// notGo: opened just behind its end, it is another program from the first.
	notGo bool
}

func fates(dir string) []fate {
	become := func(program string) []string { return []string{"-fate", "exec", "-exec", program} }
	return []fate{
		{name: "exits", args: []string{"-fate", "exit"}, want: procmem.ErrGone},
		{name: "is killed", kill: true, want: procmem.ErrGone},
		{name: "becomes another Go program", args: become(filepath.Join(dir, "other") + " -goroutines 500"), want: procmem.ErrReplaced},
		{name: "panics", args: []string{"-fate", "panic"}, want: procmem.ErrGone},
		{name: "begins its own program anew", args: become(filepath.Join(dir, "target") + " -still"), want: procmem.ErrReplaced},
		{name: "is ended by its runtime", args: []string{"-fate", "fatal"}, want: procmem.ErrGone},
		{name: "becomes a program that is not Go's", args: become("sleep 60"), want: procmem.ErrReplaced, notGo: true},
	}
}

// command starts a target with this fate.
func (f *fate) command(target string) *exec.Cmd { return exec.Command(target, f.args...) }
