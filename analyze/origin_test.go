package analyze

import (
	"testing"

	"github.com/logcap/logcap/analyze/goroutine"
)

func TestOwnerOf(t *testing.T) {
	for _, test := range []struct {
		fn, file string
		want     owner
	}{
		{"net/http.(*conn).serve", "/usr/local/go/src/net/http/server.go", ownStd},
		{"net/http.(*conn).serve", "net/http/server.go", ownStd},
		{"runtime.gopark", "/usr/local/go/src/runtime/proc.go", ownStd},
		{"main.main", "/src/app/main.go", ownUser},
		{"myapp/queue.(*Q).push", "/src/myapp/queue/q.go", ownUser}, // a module without a dot
		{"example.org/app/x.Run[...]", "/src/app/x/run.go", ownUser},
		{"gopkg.in/yaml.v3.(*Decoder).Decode", "/home/u/go/pkg/mod/gopkg.in/yaml.v3@v3.0.1/yaml.go", ownDependency},
		{"example.org/lib.(*W).loop", "example.org/lib@v1.2.3/w.go", ownDependency}, // -trimpath
		{"example.org/lib.(*W).loop", "/src/app/vendor/example.org/lib/w.go", ownDependency},
	} {
		if got := ownerOf(goroutine.Frame{Func: test.fn, File: test.file}); got != test.want {
			t.Errorf("%s in %s: owner %d, want %d", test.fn, test.file, got, test.want)
		}
	}
}

func TestUserFrameOutsideAPackage(t *testing.T) {
	frames := []goroutine.Frame{
		{Func: "sync.(*WaitGroup).Go", File: "sync/waitgroup.go"},
		{Func: "gopkg.in/handle.v2.(*H).start", File: "/src/handle/h.go"},
		{Func: "main.open", File: "/src/app/main.go"},
	}
	if f, ok := userFrame(frames, ""); !ok || f.Func != "gopkg.in/handle.v2.(*H).start" {
		t.Errorf("innermost %q, %v", f.Func, ok)
	}
	if f, ok := userFrame(frames, "gopkg.in/handle.v2"); !ok || f.Func != "main.open" {
		t.Errorf("outside the handle's package %q, %v", f.Func, ok)
	}
	if f, ok := userFrame(frames[:1], ""); ok {
		t.Errorf("the standard library's %q is the target's own", f.Func)
	}
}
