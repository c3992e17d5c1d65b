package selfwatch

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/notice"
)

// every is how far looks are apart, as in the collector.
const every = 2 * time.Second

// process plays a collector that holds what a test says.
type process struct {
	Sample
	work  Work
	sites []Site
	lines bytes.Buffer
	told  []notice.Change
	board *notice.Board
	watch *Watch
	looks int // that took a profile
}

func newProcess() *process {
	p := &process{Sample: Sample{Goroutines: 12, Heap: 4 << 20, Memory: 20 << 20, Descriptors: 30}, work: Work{Ready: true, Logs: 3}}
	p.board = notice.New(func(c notice.Change) { p.told = append(p.told, c) })
	p.watch = New(Options{
		Take: func() Sample { return p.Sample }, Sites: func() ([]Site, error) { p.looks++; return p.sites, nil },
		Lines: &p.lines, Board: p.board,
	})
	return p
}

// pass lets time go by, with a look now and then; grow says what happens before each.
func (p *process) pass(d time.Duration, grow func()) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(every)
		if grow != nil {
			grow()
		}
		p.watch.Look(time.Now(), p.work)
	}
}

// written are the lines so far, taken.
func (p *process) written(t *testing.T) []map[string]any {
	t.Helper()
	var all []map[string]any
	for text := range bytes.Lines(p.lines.Bytes()) {
		var l map[string]any
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		all = append(all, l)
	}
	p.lines.Reset()
	return all
}

// A leak is told within ten seconds, once a minute while it goes on, and it is
// said when it is over.
func TestGoroutinesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess()
		p.sites = []Site{{Func: "main.main", At: "main.go:1", Count: 1}, {Func: "app.leak", At: "leak.go:7", Count: 1}, {Func: "app.old", At: "old.go:3", Count: 5}}
		p.pass(time.Minute, nil)
		if s := p.watch.State(); s.Taken.IsZero() || s.Baseline.Goroutines != 12 || p.looks != 1 || len(p.told) != 0 || p.lines.Len() != 0 {
			t.Fatalf("once it has settled: %+v, %d profiles, told %v, %s", s, p.looks, p.told, p.lines.Bytes())
		}
		p.Goroutines += 30
		p.sites = []Site{{Func: "app.leak", At: "leak.go:7", Count: 29}, {Func: "app.old", At: "old.go:3", Count: 4}, {Func: "main.main", At: "main.go:1", Count: 1}, {Func: "app.more", At: "more.go:9", Count: 2}}
		began := time.Now()
		p.pass(10*time.Second, nil)
		want := []map[string]any{{
			"baseline": 12.0, "current_count": 42.0, "duration": 4.0, "growth": 30.0, "level": "warning", "total_growth": 30.0,
			"msg": "Significant goroutine count change detected", "time": began.Add(4 * time.Second).UTC().Format(time.RFC3339Nano),
			"sites": []any{
				map[string]any{"func": "app.leak", "at": "leak.go:7", "count": 29.0, "growth": 28.0},
				map[string]any{"func": "app.more", "at": "more.go:9", "count": 2.0, "growth": 2.0},
			},
		}}
		if diff := cmp.Diff(want, p.written(t)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		open := p.board.Open()
		if len(open) != 1 || open[0].Subject != "self goroutines" || !strings.Contains(open[0].Text, "42, from 12 once it had started") || !strings.Contains(open[0].Text, "28 more in app.leak (leak.go:7)") || open[0].Hint == "" {
			t.Errorf("open: %+v", open)
		}
		// One goroutine every two seconds: a line a minute, and told once.
		p.pass(5*time.Minute, func() { p.Goroutines++ })
		if all := p.written(t); len(all) < 4 || len(all) > 5 || len(p.told) != 1 || all[1]["growth"] != all[1]["duration"].(float64)/2 {
			t.Errorf("in five minutes %d lines, told %d times; %v", len(all), len(p.told), all)
		}
		p.Goroutines = 13
		p.pass(10*time.Second, nil)
		if all := p.written(t); len(all) != 1 || all[0]["level"] != "info" || all[0]["current_count"] != 13.0 || all[0]["growth"].(float64) >= 0 {
			t.Errorf("when it was over: %v", all)
		}
		if len(p.board.Open()) != 0 || len(p.watch.State().Growing) != 0 {
			t.Errorf("it is not well again: %+v", p.board.Open())
		}
	})
}

// What is there before the baseline is no growth, and a collector that is not ready has no baseline.
func TestBaseline(t *testing.T) {
	for _, tt := range []struct {
		name  string
		play  func(p *process)
		taken time.Duration // how long after the start; 0: not at all
		count int
	}{
		{"at once", func(*process) {}, 8 * time.Second, 12},
		{"not ready", func(p *process) { p.work.Ready = false }, 0, 0},
		{"later", func(p *process) {
			if p.Goroutines < 412 {
				p.Goroutines += 100
			}
		}, 14 * time.Second, 412},
		{"never steady", func(p *process) { p.Goroutines += 50 }, 62 * time.Second, 12 + 31*50},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, began := newProcess(), time.Now()
				p.pass(66*time.Second, func() { tt.play(p) })
				s := p.watch.State()
				if tt.taken == 0 {
					if !s.Taken.IsZero() {
						t.Errorf("it was taken %v after the start", s.Taken.Sub(began))
					}
					return
				}
				if took := s.Taken.Sub(began); took != tt.taken || s.Baseline.Goroutines != tt.count || tt.name != "never steady" && len(p.told) > 0 {
					t.Errorf("%d goroutines after %v, want %d after %v; told %v", s.Baseline.Goroutines, took, tt.count, tt.taken, p.told)
				}
			})
		})
	}
}

// What work explains, what swings and what comes for a moment is not told; what goes beyond it is.
func TestExplained(t *testing.T) {
	for _, tt := range []struct {
		name string
		play func(p *process, i int)
		open string
	}{
		{"containers", func(p *process, i int) { p.work.Streams++; p.Goroutines++; p.Descriptors++ }, ""},
		{"containers and more", func(p *process, i int) { p.work.Streams++; p.Goroutines += 3 }, "self goroutines"},
		{"logs, rotated", func(p *process, i int) { p.work.Logs++; p.Descriptors += 5 }, ""},
		{"a moment", func(p *process, i int) { p.Goroutines = 12 + 500*(i%2) }, ""},
		{"a swing", func(p *process, i int) {
			p.Goroutines, p.Heap, p.Descriptors = 12+i*7%19, int64(4+i*11%60)<<20, 30+i*13%49
		}, ""},
		{"queues", func(p *process, i int) { p.work.Queued += 8 << 20; p.Heap += 8 << 20 }, ""},
		{"heap", func(p *process, i int) { p.Heap += 8 << 20 }, "self memory"},
		{"descriptors", func(p *process, i int) { p.Descriptors += 5 }, "self descriptors"},
		{"no descriptors told", func(p *process, i int) { p.Descriptors = -1 }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newProcess()
				p.pass(20*time.Second, nil)
				i := 0
				p.pass(2*time.Minute, func() { i++; tt.play(p, i) })
				var got string
				for _, o := range p.board.Open() {
					got += o.Subject
				}
				if got != tt.open {
					t.Errorf("open: %q, want %q; told %v", got, tt.open, p.told)
				}
				for _, l := range p.written(t) {
					if text := l["msg"].(string); tt.open != "self goroutines" && strings.Contains(text, "goroutine") {
						t.Errorf("%s would be read as a count of goroutines", text)
					}
				}
			})
		})
	}
}

// A jump that stays is usual after half an hour; the next one is told again, and so is the way back.
func TestPlateau(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess()
		p.pass(20*time.Second, nil)
		p.Goroutines += 40
		p.pass(plateau-time.Minute, nil)
		if len(p.board.Open()) != 1 {
			t.Fatalf("before half an hour: %v", p.told)
		}
		p.pass(2*time.Minute, nil)
		if len(p.board.Open()) != 0 {
			t.Fatalf("after it: %v", p.told)
		}
		p.Goroutines += 19
		p.pass(time.Minute, nil)
		if len(p.board.Open()) != 0 {
			t.Fatalf("a little more: %v", p.told)
		}
		p.Goroutines = 12
		p.pass(time.Minute, nil)
		p.Goroutines += 25 // from the baseline again
		p.pass(time.Minute, nil)
		if len(p.board.Open()) != 1 {
			t.Errorf("from the baseline again: %v", p.told)
		}
	})
}

// A profile that cannot be had costs the sites of a line and nothing else.
func TestWithoutSites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess()
		p.watch.opt.Sites = func() ([]Site, error) { return nil, errors.New("none") }
		p.pass(20*time.Second, nil)
		p.Goroutines += 40
		p.pass(20*time.Second, nil)
		if all := p.written(t); len(all) != 1 || all[0]["sites"] != nil || all[0]["growth"] != 40.0 {
			t.Errorf("%v", all)
		}
		p.watch.opt.Lines = nil
		p.Goroutines += 40
		p.pass(2*time.Minute, nil) // nobody to tell: nothing breaks
	})
}

// The process itself: what it holds is what it has made, and its sites have its names.
func TestThisProcess(t *testing.T) {
	before := take()
	if before.Goroutines != runtime.NumGoroutine() || before.Memory < 1<<20 || before.Heap < 0 {
		t.Errorf("%+v", before)
	}
	stop := make(chan struct{})
	ended := make(chan struct{})
	for range 50 {
		go waiting(stop, ended)
		<-ended // it has begun
	}
	defer func() {
		close(stop)
		for range 50 {
			<-ended
		}
	}()
	if runtime.GOOS == "linux" {
		for range 5 {
			f, err := os.Open(os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
		}
		if n := take().Descriptors; n != before.Descriptors+5 {
			t.Errorf("%d descriptors, want %d and 5", n, before.Descriptors)
		}
	}
	all, err := sites()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if strings.HasSuffix(s.Func, "selfwatch.waiting") && s.Count == 50 && strings.Contains(s.At, "selfwatch_test.go:") {
			return
		}
	}
	t.Errorf("the 50 are not among %+v", all)
}

func waiting(stop, ended chan struct{}) {
	ended <- struct{}{}
	<-stop
	ended <- struct{}{}
}

// Memory that was let go is noticed within ten seconds, though nobody else collects garbage; as long as the
// heap is as usual, or others collect, that is nothing to do for the watch.
func TestMemoryIsLetGo(t *testing.T) {
	for _, tt := range []struct {
		name  string
		every int // looks, how often somebody else collects; 0: never
		want  string
	}{{"nobody collects", 0, ""}, {"others collect", 1, "self memory"}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newProcess()
				live, collected, looks := p.Heap, 0, 0
				p.watch.opt.Collect = func() { p.Heap = live; p.Collections++; collected++ }
				others := func() {
					if looks++; tt.every > 0 && looks%tt.every == 0 {
						p.Collections++ // of another's garbage
					}
				}
				p.pass(time.Minute, others)
				p.Heap += 200 << 20
				live = p.Heap
				p.pass(4*time.Second, others)
				if len(p.watch.State().Growing) != 1 || collected > 0 {
					t.Fatalf("growing %v, collected %d times", p.watch.State().Growing, collected)
				}
				live -= 200 << 20
				p.pass(10*time.Second, others)
				if got := strings.Join(subjects(p.board.Open()), ", "); got != tt.want || (collected == 0) != (tt.every == 1) {
					t.Errorf("ten seconds after it was let go: %q, collected %d times", got, collected)
				}
				n := collected
				p.pass(10*time.Minute, others)
				if tt.want == "" && collected != n {
					t.Errorf("collected %d times, though the heap is as usual", collected-n)
				}
			})
		})
	}
}

func subjects(open []notice.Problem) (all []string) {
	for _, p := range open {
		all = append(all, p.Subject)
	}
	return all
}
