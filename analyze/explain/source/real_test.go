package source

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// leaky makes goroutines of every kind of name that the compiler gives: methods,
// closures in closures, literals of inlined functions, generics, package
// variables, init functions, wrappers of go and defer, range functions, methods
// as values, an import path with a dot.
const leaky = `
-- go.mod --
module example.com/leaky

go 1.24
-- cmd/run/main.go --
package main

import (
	"os"
	"runtime/pprof"
	"time"

	"example.com/leaky/store.v2"
)

// Nobody sends to never, and nobody receives from full.
var never, full = make(chan int), make(chan int)

var launch = func() {
	go func() {
		<-never
	}()
}

func init() {
	launch()
}

func init() {
	go func() { full <- 1 }()
}

type worker[T any] struct{ jobs chan T }

func (w *worker[T]) run() {
	for range w.jobs {
	}
}

func (w *worker[T]) start() {
	go w.run()
	go func() {
		func() {
			<-w.jobs
		}()
	}()
}

type value struct{}

func (value) wait(n int) {
	<-never
}

func small(ch chan int) {
	go func() {
		ch <- 1
	}()
}

func block[T any](ch chan T) { <-ch }

func deferred() {
	defer block(never)
}

func ranged() {
	for range store.All() {
		<-never
	}
}

func main() {
	w := worker[string]{make(chan string)}
	w.start()
	small(full)
	small(full)
	go value{}.wait(1)
	f := value{}.wait
	go f(2)
	go block(never)
	go deferred()
	go ranged()
	store.Open(make(chan int))
	s := store.New()
	go s.Loop()
	time.Sleep(100 * time.Millisecond)
	pprof.Lookup("goroutine").WriteTo(os.Stdout, 0)
}
-- store.v2/store.go --
// Package store is for the dot in its path.
package store

import "iter"

// Open starts one that never ends; it is inlined.
func Open(ch chan int) {
	go func() {
		ch <- 1
	}()
}

// Store is a method's receiver.
type Store struct{ ch chan int }

// New makes one; it is inlined.
func New() *Store {
	s := &Store{ch: make(chan int)}
	s.begin()
	return s
}

func (s *Store) begin() {
	go func() {
		s.ch <- 1
	}()
}

// Loop never ends.
func (s *Store) Loop() {
	for {
		select {
		case <-s.ch:
			<-make(chan int)
		}
	}
}

// All gives one number.
func All() iter.Seq[int] {
	return func(yield func(int) bool) {
		yield(1)
	}
}
`

// Every frame of the program's own files must be found at its very line, however it was built.
func TestRealProfiles(t *testing.T) {
	for _, c := range []struct {
		name  string
		flags []string
	}{{"as it is", nil}, {"trimmed", []string{"-trimpath"}}, {"without inlining", []string{"-gcflags=all=-l"}}} {
		t.Run(c.name, func(t *testing.T) {
			built := write(t, leaky)
			positions, version := profileOf(t, built, c.flags)
			tree, err := Open(t.Context(), Options{Path: write(t, leaky)}, Hints{Positions: positions, GoVersion: version})
			if err != nil {
				t.Fatal(err)
			}
			told(t, tree)
			n := 0
			for _, p := range positions {
				ours := strings.Contains(p.File, "cmd/run/main.go") || strings.Contains(p.File, "store.v2/store.go")
				place, ok := tree.Locate(p)
				if ok != ours || ok && (place.Line != p.Line || place.Doubt != "") {
					t.Errorf("%+v was found %v, %+v", p, ok, place)
				}
				if ours {
					n++
				}
			}
			if n < 15 {
				t.Errorf("only %d places of the program itself", n)
			}
			if len(tree.Program.Named("example.com/leaky/store%2ev2.(*Store).Loop")) != 1 {
				t.Error("a function of an import path with a dot is not known by its profile's name")
			}
		})
	}
}

// profileOf builds and runs a module's cmd/run, and gives all positions of its goroutines.
func profileOf(t *testing.T, dir string, flags []string) ([]Position, string) {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "run.exe")
	cmd := exec.Command("go", append(append([]string{"build", "-o", exe}, flags...), "./cmd/run")...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd = exec.Command(exe)
	cmd.Env = os.Environ()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	var positions []Position
	for _, l := range p.Location {
		for _, line := range l.Line {
			positions = append(positions, Position{Func: line.Function.Name, File: line.Function.Filename, Line: int(line.Line), Start: int(line.Function.StartLine)})
		}
	}
	return positions, runtime.Version()
}
