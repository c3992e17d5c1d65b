package goroutine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOtherHeaderOfKnownLines: a goroutine whose lines are known under another
// header becomes the stack that reading it line by line makes of it. A prefix
// before each line keeps a dump from being matched by its bytes.
func TestOtherHeaderOfKnownLines(t *testing.T) {
	headers := []string{
		"[select]", "[select, 3 minutes]", "[chan receive, locked to thread]", "[chan receive (leaked)]", "[semacquire, 2 minutes]", "[sync.WaitGroup.Wait]",
		`[select labels:{"shard": "1"}]`, `[select, 7 minutes labels:{"shard": "2"}]`, `[select] {shard: 1}`, `[select, 9 minutes] {shard: "2", a: b}`,
		`[select labels:{"shard": "1, 9 minutes]"}]`, "[select labels:{\"shard\": \"1\"]", `[select (scan)]`,
	}
	bodies := []string{
		"main.worker(0x%x)\n\t/src/w.go:7 +0x1d\ncreated by main.start in goroutine %d\n\t/src/w.go:3 +0x2b\n",
		"main.worker(0x%x)\n\t/src/w.go:7 +0x1d\ncreated by main.other in goroutine %d\n\t/src/w.go:3 +0x2b\n",
		"main.worker(0x%x)\n\t/src/w.go:7 +0x2d\ncreated by main.start in goroutine %d\n\t/src/w.go:3 +0x2b\n",
		"sync.runtime_Semacquire(0x%x)\n\t/go/sema.go:71 +0x25\nsync.(*WaitGroup).Wait(0x1?)\n\t/go/wg.go:118 +0x48\ncreated by main.start in goroutine %d\n\t/src/w.go:5 +0x2b\n",
		"runtime.gcBgMarkWorker(0x%x)\n\t/go/mgc.go:1 +0x25\ncreated by runtime.gcBgMarkStartWorkers in goroutine %d\n\t/go/mgc.go:5 +0x2b\n",
	}
	var dump strings.Builder
	for i := range 10 * len(headers) * len(bodies) {
		// Neither goes through its list in step with the other.
		fmt.Fprintf(&dump, "goroutine %d %s:\n"+bodies[i/3%len(bodies)]+"\n", i%17*i, headers[i*7%len(headers)], i, i)
	}
	fast := readBytes(t, []byte(dump.String()))
	slow := readBytes(t, []byte("app | "+strings.ReplaceAll(strings.TrimSpace(dump.String()), "\n", "\napp | ")+"\n"))
	for _, s := range []*Snapshot{fast, slow} {
		slices.SortFunc(s.Stacks, func(a, b Stack) int {
			return strings.Compare(string(appendStack(nil, &a)), string(appendStack(nil, &b)))
		})
	}
	if diff := cmp.Diff(slow.Stacks, fast.Stacks); diff != "" {
		t.Errorf("matched by its bytes it is another (-line by line +by bytes):\n%s", diff)
	}
	if fast.Total == 0 || fast.Total != slow.Total || fast.Profile != leakProfile || slow.Profile != leakProfile {
		t.Errorf("%d goroutines of profile %q, line by line %d of %q", fast.Total, fast.Profile, slow.Total, slow.Profile)
	}
}

// TestLeakMarkOnKnownLines: the mark tells the profile wherever it stands first.
func TestLeakMarkOnKnownLines(t *testing.T) {
	const body = "main.worker()\n\t/src/w.go:7 +0x1d\n"
	s := readBytes(t, []byte("goroutine 1 [chan send]:\n"+body+"\ngoroutine 2 [chan send (leaked)]:\n"+body+"\n"))
	if s.Profile != leakProfile || len(s.Stacks) != 2 || s.Stacks[0].Leaked || !s.Stacks[1].Leaked {
		t.Errorf("profile %q, stacks %+v", s.Profile, s.Stacks)
	}
}
