package inspect

import (
	"debug/elf"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/lineage"
	"github.com/logcap/logcap/analyze/procmem"
)

// IsELF tells whether a file is an ELF file: a core, or an executable that is
// taken for one. What is no regular file is not looked at.
func IsELF(path string) bool {
	if stat, err := os.Stat(path); err != nil || !stat.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [len(elf.ELFMAG)]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && string(head[:]) == elf.ELFMAG
}

// Core reads the goroutines of a process from the core it left, all with their
// stacks: nothing runs that reading could cost. exe is the executable; "" takes
// the path that the core names.
func Core(path, exe string) (*Remains, error) {
	r, info, err := procmem.OpenCore(path, exe)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	s, _, err := r.Snapshot(procmem.Options{AllStacks: true})
	if err != nil {
		return nil, err
	}
	news, err := born(r)
	if err != nil {
		return nil, err
	}
	for _, w := range coreDoubts(r.Build(), info, s) {
		s.Warnings = append(s.Warnings, goroutine.Warning{Text: w})
	}
	s.Truncated = info.Missing > 0
	return &Remains{Snapshot: s, News: news, Info: info, GoVersion: r.Build().GoVersion}, nil
}

// Remains are what a core tells of a process.
type Remains struct {
	Snapshot *goroutine.Snapshot
	// News are the births of all goroutines and of their ancestors, the ended
	// ones too whose structs were not used again.
	News      *lineage.News
	Info      procmem.CoreInfo
	GoVersion string
}

func born(r *procmem.Reader) (*lineage.News, error) {
	t := lineage.New(math.MaxInt32)
	if err := sightings(r, t); err != nil {
		return nil, err
	}
	news := t.Drain(r)
	return &news, nil
}

func coreDoubts(b procmem.Build, info procmem.CoreInfo, s *goroutine.Snapshot) []string {
	all := buildDoubts(b)
	if info.Missing > 0 {
		all = append(all, fmt.Sprintf("the core is cut short by %d bytes: what they held is missing", info.Missing))
	}
	if !info.Matched {
		all = append(all, fmt.Sprintf("the core does not hold what would show that %q is the very program that left it", info.Exe))
	}
	if s.Failed > 0 {
		all = append(all, fmt.Sprintf("%d of %d goroutines could not be read from the core, and are left out or without their stack", s.Failed, s.Total+s.Failed))
	}
	return all
}
