package analyze_test

import (
	"testing"

	"github.com/logcap/logcap/analyze"
)

var minute = watch{seconds: 60, interval: 0.5, dumpEvery: 5, traces: []float64{20, 40}}

// background is what surrounds every case: main, a server and short requests.
func background() []kind {
	return []kind{
		{entry: "main.main", creator: "", file: "/src/app/main.go", line: 1, state: "select", initial: 1},
		{entry: "net/http.(*conn).serve", creator: "net/http.(*Server).Serve", file: "/go/src/net/http/server.go", line: 3464, state: "IO wait",
			frames: []string{"internal/poll.(*FD).Read", "bufio.(*Reader).Peek"}, initial: 5, perMinute: 300, life: exponential(1)},
	}
}

func TestDetect(t *testing.T) {
	leak := func(state string, more ...func(*kind)) kind {
		k := kind{entry: "app/queue.(*Q).push.func1", creator: "app/queue.(*Q).push", file: "/src/app/queue/q.go", line: 42,
			state: "chan send", perMinute: 40}
		if state != "" {
			k.state = goState(state)
		}
		for _, m := range more {
			m(&k)
		}
		return k
	}
	tests := []struct {
		name      string
		watch     watch
		kinds     []kind
		verdict   analyze.Verdict
		mechanism analyze.Mechanism
		line      int
	}{
		{"steady leak in a channel send", minute, []kind{leak("")}, analyze.Probable, analyze.Unknown, 42},
		{"range over a channel nobody closes", minute, []kind{leak("chan receive", func(k *kind) { k.ranged = true })}, analyze.Probable, analyze.UnclosedRange, 42},
		{"nil channel", minute, []kind{leak("chan receive (nil chan)")}, analyze.Probable, analyze.NilChannel, 42},
		{"sleep loop", minute, []kind{leak("sleep", func(k *kind) { k.runs = true })}, analyze.Probable, analyze.TimerLoop, 42},
		{"one in three leaks", minute, []kind{leak(""), leak("", func(k *kind) { k.perMinute = 80; k.life = exponential(1.5) })}, analyze.Probable, analyze.Unknown, 42},
		{"leak behind its own site's churn", watch{seconds: 120, interval: 0.5, dumpEvery: 5, traces: []float64{40, 80}}, []kind{leak("", func(k *kind) { k.perMinute = 20 }),
			leak("", func(k *kind) { k.perMinute = 1500; k.life = exponential(4) })}, analyze.Probable, analyze.Unknown, 42},
		{"abandoned select", minute, []kind{leak("select")}, analyze.Probable, analyze.Unknown, 42},
		{"ramp of ten-minute sessions at work", minute, []kind{leak("select", func(k *kind) { k.runs, k.woken, k.life = true, 1, fixed(600) })}, analyze.Suspect, "", 42},
		{"poller that nobody stops", minute, []kind{leak("select", func(k *kind) { k.runs = true })}, analyze.Probable, analyze.Unknown, 42},
		{"load with deaths", minute, []kind{leak("select", func(k *kind) { k.perMinute = 200; k.life = exponential(45) })}, analyze.GrowingWithLoad, "", 42},
		{"pool that fills and stops", minute, []kind{leak("chan receive", func(k *kind) { k.perMinute = 120; k.until = 20 })}, analyze.Stable, "", 0},
		{"churn", minute, []kind{leak("", func(k *kind) { k.perMinute = 600; k.life = exponential(3) })}, analyze.Stable, "", 0},
		{"no dumps", watch{seconds: 60, interval: 0.5}, []kind{leak("")}, analyze.Suspect, "", 42},
		{"ten minutes of ratchet without dumps", watch{seconds: 660, interval: 2}, []kind{leak("")}, analyze.Probable, "", 42},
		{"too short", watch{seconds: 3, interval: 0.5, dumpEvery: 1}, []kind{leak("")}, analyze.Inconclusive, "", 0},
		{"idle workers", minute, []kind{leak("chan receive", func(k *kind) { k.perMinute = 0; k.initial = 16 })}, analyze.Stable, "", 0},
		{"lock that is never released", minute, []kind{leak("sync.Mutex.Lock", func(k *kind) { k.perMinute = 0; k.initial = 2; k.before, k.sticksAt = "sleep", 8 })},
			analyze.Stuck, analyze.DoubleLock, 42},
		{"sender that stopped after it had worked", minute, []kind{leak("", func(k *kind) { k.perMinute = 0; k.initial = 3; k.before, k.sticksAt = "sleep", 8 })},
			analyze.Stuck, analyze.Unknown, 42},
		{"main waits for its workers", minute, []kind{leak("sync.WaitGroup.Wait", func(k *kind) { k.perMinute = 0; k.initial = 1 })}, analyze.Stable, "", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for seed := uint64(1); seed <= 3; seed++ {
				p := newProcess(seed, append(background(), test.kinds...)...)
				a := analyze.Detect(p.observe(test.watch), analyze.DefaultThresholds())
				if a.Verdict != test.verdict {
					t.Fatalf("seed %d: verdict %q, want %q\n%s", seed, a.Verdict, test.verdict, describe(a))
				}
				if test.line == 0 {
					continue
				}
				if f := a.Findings[0]; f.Site.Line != test.line || test.mechanism != "" && f.Mechanism != test.mechanism {
					t.Fatalf("seed %d: site line %d, mechanism %q; want %d, %q\n%s", seed, f.Site.Line, f.Mechanism, test.line, test.mechanism, describe(a))
				}
			}
		})
	}
}

// A leak must never be called stable because the watch was short.
func TestShortWatchOfAFastLeak(t *testing.T) {
	for _, seconds := range []float64{5, 8, 11, 15, 20, 30} {
		for _, perMinute := range []float64{60, 300, 2400} {
			for seed := uint64(1); seed <= 5; seed++ {
				p := newProcess(seed, append(background(), kind{entry: "app.leak.func1", creator: "app.leak", file: "/src/app/a.go", line: 7,
					state: "chan send", perMinute: perMinute})...)
				a := analyze.Detect(p.observe(watch{seconds: seconds, interval: 0.5, dumpEvery: 2}), analyze.DefaultThresholds())
				if a.Verdict == analyze.Stable && perMinute*seconds/60 >= 10 {
					t.Errorf("%.0f s of %.0f a minute, seed %d: stable\n%s", seconds, perMinute, seed, describe(a))
				}
			}
		}
	}
}
