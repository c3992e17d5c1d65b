package goroutine

import "testing"

func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"main.main()": "main.main",
		"main.main":   "main.main",
		"net/http.(*conn).serve(0xc0001, {0x1, 0x2})":   "net/http.(*conn).serve",
		"net/http.(*conn).serve":                        "net/http.(*conn).serve",
		"main.f(...)":                                   "main.f",
		"main.Map[go.shape.int,go.shape.string]":        "main.Map[...]",
		"main.Map[...](0x1)":                            "main.Map[...]",
		"main.(*List[go.shape.[]uint8]).Push.func1":     "main.(*List[...]).Push.func1",
		"main.F[go.shape.int].G[go.shape.string].func2": "main.F[...].func2",
		"main.(*T[go.shape.int]).M[go.shape.string]":    "main.(*T[...]).M[...]",
		"main.(*T[...]).M[...](0xc000)":                 "main.(*T[...]).M[...]",
		"gopkg.in/yaml%2ev3.(*Decoder).Decode":          "gopkg.in/yaml.v3.(*Decoder).Decode",
		"example.com/a%zz.F":                            "example.com/a%zz.F",
		"main.F[struct { X func(int) }]":                "main.F[...]",
		"created by":                                    "created by",
		"":                                              "",
	} {
		if got := Normalise(in); got != want {
			t.Errorf("Normalise(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPackageOf(t *testing.T) {
	for in, want := range map[string]string{
		"main.main":                          "main",
		"net/http.(*conn).serve":             "net/http",
		"gopkg.in/yaml.v3.(*Decoder).Decode": "gopkg.in/yaml.v3",
		"example.com/x/v2.Run.func1":         "example.com/x/v2",
		"main.Map[...]":                      "main",
		"panic":                              "",
	} {
		if got := PackageOf(in); got != want {
			t.Errorf("PackageOf(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestHidden: what a traceback leaves out (runtime.showfuncinfo), and no more.
func TestHidden(t *testing.T) {
	for in, want := range map[string]bool{
		"runtime.gopark": true, "runtime.runFinalizers": false, "runtime.GC": false, "runtime.(*mheap).alloc": true,
		"main.start.gowrap2": true, "main.start.func1.deferwrap3": true, "main.start.gowrapper": false, "main.(*T).m-fm": true,
		"reflect.makeFuncStub": true, "reflect.methodValueCall": true, "reflect.callReflect": true, "reflect.callMethod": true,
		"reflect.Value.call": false, "_cgoexp_c204e2401029_fromC": true, "main._Cfunc_wait": false, "main.main": false,
	} {
		if got := hidden(in); got != want {
			t.Errorf("hidden(%q) = %v, want %v", in, got, want)
		}
	}
}

func TestEnclosing(t *testing.T) {
	for in, want := range map[string]string{
		"main.main.func1":             "main.main",
		"main.(*S).Start.func1.2":     "main.(*S).Start",
		"main.start.gowrap2":          "main.start",
		"main.start.func2.deferwrap1": "main.start",
		"main.all.func1-range1":       "main.all",
		"main.function1":              "main.function1",
		"main.(*S).Start":             "main.(*S).Start",
		"main.func":                   "main.func",
	} {
		if got := enclosing(in); got != want {
			t.Errorf("enclosing(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLaunchers(t *testing.T) {
	for _, l := range append(launchers(), launcherPackages()...) {
		if l.why == "" {
			t.Errorf("launcher %s has no reason", l.name)
		}
	}
	for name, want := range map[string]bool{
		"sync.(*WaitGroup).Go.func1":                           true,
		"sync.(*WaitGroup).Wait":                               false,
		"golang.org/x/sync/errgroup.(*Group).Go.func1":         true,
		"golang.org/x/sync/errgroup.(*Group).TryGo.func1":      true,
		"golang.org/x/sync/errgroup.(*Group).Goodbye":          false,
		"golang.org/x/sync/singleflight.(*Group).doCall.func2": true,
		"github.com/sourcegraph/conc.(*WaitGroup).Go.func1":    true,
		"github.com/sourcegraph/conc/panics.(*Catcher).Try":    true,
		"github.com/sourcegraph/concert.Play":                  false,
		"time.goFunc":                                          true,
		"iter.Pull[...].func1":                                 true,
		"testing.tRunner":                                      true,
		"runtime.main":                                         true,
		"main.main":                                            false,
		"time.Sleep":                                           false,
	} {
		if got := IsLauncher(name); got != want {
			t.Errorf("IsLauncher(%q) = %t", name, got)
		}
	}
}

func TestSite(t *testing.T) {
	entry := Frame{Func: "main.(*S).loop", File: "s.go", Line: 20, Start: 12}
	literal := Frame{Func: "main.Start.func1", File: "s.go", Line: 33, Start: 30}
	group := Frame{Func: "sync.(*WaitGroup).Go.func1", File: "sync/waitgroup.go", Line: 239}
	tests := []struct {
		name string
		st   Stack
		key  Key
		want Site
		by   string
	}{
		{"creator", Stack{Frames: []Frame{entry}, Created: Frame{Func: "main.Start", File: "s.go", Line: 9}},
			"main.(*S).loop", Site{"main.Start", "s.go", 9, "main.(*S).loop", "main", true}, ""},
		{"literal of a proto", Stack{Frames: []Frame{{Func: "main.work"}, literal}},
			"main.Start.func1", Site{"main.Start", "s.go", 30, "main.Start.func1", "main", true}, ""},
		{"named entry of a proto", Stack{Frames: []Frame{entry}},
			"main.(*S).loop", Site{"main.(*S).loop", "s.go", 12, "main.(*S).loop", "main", false}, ""},
		{"literal under a launcher", Stack{Frames: []Frame{literal, group}},
			"main.Start.func1", Site{"main.Start", "s.go", 30, "main.Start.func1", "main", true}, "sync.(*WaitGroup).Go"},
		{"named under a launcher, in a dump", Stack{Frames: []Frame{{Func: "main.(*S).loop", File: "s.go", Line: 20}, group},
			Created: Frame{Func: "sync.(*WaitGroup).Go", File: "sync/waitgroup.go", Line: 237}},
			"main.(*S).loop", Site{"main.(*S).loop", "s.go", 20, "main.(*S).loop", "main", false}, "sync.(*WaitGroup).Go"},
		{"the same with ancestors", Stack{Frames: []Frame{{Func: "main.(*S).loop", File: "s.go", Line: 20}, group},
			Created:   Frame{Func: "sync.(*WaitGroup).Go", File: "sync/waitgroup.go", Line: 237},
			Ancestors: []Ancestor{{ID: 1, Frames: []Frame{{Func: "sync.(*WaitGroup).Go"}, {Func: "main.Run", File: "s.go", Line: 50}}}}},
			"main.(*S).loop", Site{"main.Run", "s.go", 50, "main.(*S).loop", "main", false}, "sync.(*WaitGroup).Go"},
		{"an idle worker of a pool", Stack{Frames: []Frame{{Func: "github.com/sourcegraph/conc/pool.(*Pool).worker", File: "pool.go", Line: 5}, {Func: "github.com/sourcegraph/conc.(*WaitGroup).Go.func1"}}},
			"github.com/sourcegraph/conc/pool.(*Pool).worker",
			Site{"github.com/sourcegraph/conc/pool.(*Pool).worker", "pool.go", 5, "github.com/sourcegraph/conc/pool.(*Pool).worker", "github.com/sourcegraph/conc/pool", false}, "github.com/sourcegraph/conc.(*WaitGroup).Go"},
		{"nothing known", Stack{}, Unknown, Site{}, ""},
	}
	for _, tt := range tests {
		if got := tt.st.Site(); got != tt.want {
			t.Errorf("%s: site is %+v, want %+v", tt.name, got, tt.want)
		}
		if got := tt.st.Key(); got != tt.key {
			t.Errorf("%s: key is %q, want %q", tt.name, got, tt.key)
		}
		if got := tt.st.Launcher(); got != tt.by {
			t.Errorf("%s: launcher is %q, want %q", tt.name, got, tt.by)
		}
	}
}
