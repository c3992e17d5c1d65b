package report

import (
	"maps"
	"math"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
)

// The analyses below are what Detect says about watches of this kind; every
// golden file is one of them.

var watchStart = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

// fixtures are by the name of their golden files.
func fixtures() map[string]*Report {
	out := map[string]*Report{}
	all := explainedFixtures()
	maps.Copy(all, map[string]analyze.Analysis{
		"chan-send": chanSend(), "client-per-call": clientPerCall(), "stuck-lock": stuckLock(), "four-log-lines": fourLogLines(),
		"stable": stable(), "several": several(), "hostile": hostile(), "nothing": {}, "growing-with-load": withLoad(),
	})
	for name, a := range all {
		out[name] = New(a, Tool{Name: "logcap", Version: "0.1.0"}, sourcesOf(a), "logcap report RECORDING")
	}
	return out
}

func sourcesOf(a analyze.Analysis) []Source {
	if a.Window.Samples == 0 {
		return nil
	}
	return []Source{
		{Name: "target.json", SHA256: "8d5e957f297893487bd98fa830fa6413c4a1d0c0d1c4c8b5ecb0e3ff3a3e8d01", Bytes: 212},
		{Name: "000001.goroutine.pb.gz", SHA256: "0f343b0931126a20f133d67c2b018a3b5c7a7e1f0b7f2a3c4d5e6f708192a3b4", Bytes: 3181},
	}
}

// line is a count that grows by perMinute from first, sampled every second, with a small deterministic wobble.
func line(first, perMinute float64, secs int) []growth.Point {
	out := make([]growth.Point, 0, secs+1)
	for s := 0; s <= secs; s++ {
		wobble := float64((s*7)%3) - 1
		out = append(out, growth.Point{T: float64(s), N: math.Round(first + perMinute*float64(s)/60 + wobble)})
	}
	return out
}

func shopTarget() analyze.Target {
	return analyze.Target{Name: "shop", Kind: "http", URL: "http://shop.internal:6060/debug/pprof", GoVersion: "go1.26.1"}
}

func watched(secs, dumps int) analyze.Window {
	return analyze.Window{
		Start: watchStart, End: watchStart.Add(time.Duration(secs) * time.Second), Seconds: float64(secs), Samples: secs + 1,
		Scrapes: map[string]int{"goroutine": secs + 1, "stacks": dumps, "memory": 3},
	}
}

func totals(points []growth.Point, r analyze.Rate, shape growth.Shape) analyze.Total {
	return analyze.Total{
		First: int(points[0].N), Last: int(points[len(points)-1].N), Baseline: int(points[0].N), Rate: r, Series: points,
		Trend: growth.Trend{Samples: len(points), Seconds: points[len(points)-1].T, Rate: r.Value, Low: r.Low, High: r.High, P: 1e-9, PAdjusted: 1e-9, Shape: shape, Growing: r.Low > 0},
	}
}

func site(fn, file string, line int, entry string) goroutine.Site {
	return goroutine.Site{Func: fn, File: file, Line: line, Entry: entry, Package: "example.com/shop", Exact: true}
}

func ptr[T any](v T) *T { return &v }

var (
	mainSite    = goroutine.Site{Func: "main.main", File: "/src/shop/main.go", Line: 21, Entry: "main.main", Package: "main"}
	serveSite   = site("net/http.(*Server).Serve", "/usr/local/go/src/net/http/server.go", 3454, "net/http.(*conn).serve")
	gcSite      = goroutine.Site{Func: "runtime.gcenable", File: "/usr/local/go/src/runtime/mgc.go", Line: 214, Entry: "runtime.bgsweep", Package: "runtime", Exact: true}
	quoteSite   = site("example.com/shop/price.(*Quoter).Ask", "/src/shop/price/quoter.go", 57, "example.com/shop/price.(*Quoter).Ask.func1")
	persistSite = site("net/http.(*Transport).dialConn", "/usr/local/go/src/net/http/transport.go", 1944, "net/http.(*persistConn).readLoop")
	lockSite    = site("example.com/shop/cart.(*Store).Start", "/src/shop/cart/store.go", 31, "example.com/shop/cart.(*Store).flush")
)

func chanSend() analyze.Analysis {
	points := line(14, 42, 120)
	r := analyze.Rate{Value: 42.1, Low: 41.4, High: 42.8}
	a := analyze.Analysis{
		Target: shopTarget(), Window: watched(120, 5), Verdict: analyze.Confirmed, Total: totals(points, r, growth.Steady),
		Findings: []analyze.Finding{quoteFinding(r)},
		Cleared: []analyze.Cleared{{Site: serveSite, Count: analyze.Count{First: 4, Last: 9},
			Why: "comes and goes: 31 ended within the watch"}},
		Inventory: []analyze.Inventory{
			{Site: quoteSite, Class: analyze.ClassGrowing, First: 2, Last: 86, Rate: &r},
			{Site: serveSite, Class: analyze.ClassExpected, First: 4, Last: 9, Rate: &analyze.Rate{Value: 0.2, Low: -1, High: 1.4}},
			{Site: mainSite, Class: analyze.ClassExpected, First: 1, Last: 1},
			{Site: gcSite, Class: analyze.ClassRuntime, First: 6, Last: 2},
		},
		Impact: analyze.Impact{
			Goroutines: 98, StackBytes: ptr(int64(1048576)), StackPerLeak: ptr(2212.0), Descriptors: ptr(19),
			Project: []analyze.Projection{{Seconds: 1800, Value: 1361, Low: 1340, High: 1382}, {Seconds: 86400, Value: 60722, Low: 59714, High: 61730}},
			Limits: []analyze.Limit{
				{Name: "goroutines", Value: 1e6, Basis: analyze.Advice, Seconds: 1425037, Low: 1401730, High: 1449133},
				{Name: "memory", Value: 512 << 20, Basis: analyze.Measured, Seconds: 345000, Low: 339000, High: 351000},
			},
		},
		Metrics: []string{"go_goroutines", "go_memstats_stack_inuse_bytes", "process_open_fds", "process_max_fds", "process_resident_memory_bytes", "shop_orders_total"},
	}
	a.Total.First, a.Total.Last = 13, 98
	return a
}

func quoteFinding(r analyze.Rate) analyze.Finding {
	blocked := analyze.Position{Func: "example.com/shop/price.(*Quoter).Ask.func1", File: "/src/shop/price/quoter.go", Line: 59}
	return analyze.Finding{
		Verdict: analyze.Confirmed, Severity: analyze.High, Mechanism: analyze.Unknown,
		Candidates: []analyze.Mechanism{analyze.PrematureReturn, analyze.TimeoutLeak, analyze.NCast, analyze.MissingReceiver},
		Site:       quoteSite, Blocked: blocked, State: "chan send", Shape: growth.Steady,
		Count: analyze.Count{First: 2, Last: 86}, Rate: r,
		Trend:  &analyze.Numbers{Samples: 121, Seconds: 120, P: 2e-12, PAdjusted: 4e-11, Late: analyze.Rate{Value: 42, Low: 40.9, High: 43}, Ratchet: true},
		Cohort: &growth.Cohort{Born: 84, Survivors: 84, OldestSeconds: 120},
		Evidence: []analyze.Evidence{
			{Kind: analyze.Measured, Text: "the runtime's goroutineleak profile lists 86 goroutines of this site: by reachability they can never wake"},
			{Kind: analyze.Measured, Text: "+42.1 a minute (95 % interval +41.4 to +42.8) over 121 samples in 2 min; Mann–Kendall p = below 0.0001 after Holm's correction"},
			{Kind: analyze.Measured, Text: "84 born since the first dump, 84 still there; of the 62 that reached 30 s of age none ended"},
		},
		Stack: []analyze.Position{blocked}, Points: line(2, 42, 120),
	}
}

func clientPerCall() analyze.Analysis {
	points := line(22, 32, 300)
	r := analyze.Rate{Value: 32, Low: 31.2, High: 32.9}
	half := analyze.Rate{Value: 16, Low: 15.6, High: 16.4}
	blocked := analyze.Position{Func: "net/http.(*persistConn).readLoop", File: "/usr/local/go/src/net/http/transport.go", Line: 2374}
	probe := analyze.Position{Func: "example.com/shop/health.(*Checker).probe", File: "/src/shop/health/checker.go", Line: 88}
	f := analyze.Finding{
		Verdict: analyze.Probable, Severity: analyze.High, Mechanism: analyze.ClientPerCall, Site: persistSite,
		Sites:   []goroutine.Site{site("net/http.(*Transport).dialConn", "/usr/local/go/src/net/http/transport.go", 1945, "net/http.(*persistConn).writeLoop")},
		Blocked: blocked, State: "IO wait", Shape: growth.Stepped, Step: &growth.Step{Height: 16, Period: 30},
		Count: analyze.Count{First: 12, Last: 172}, Rate: r,
		Trend:  &analyze.Numbers{Samples: 301, Seconds: 288, Warmup: 12, P: 1e-14, PAdjusted: 3e-13, Late: r, Ratchet: true},
		Cohort: &growth.Cohort{Born: 160, Survivors: 160, OldestSeconds: 300},
		Lineage: []analyze.Ancestor{
			{Position: probe, Alive: false, Seen: 16, Of: 16},
			{Position: analyze.Position{Func: "example.com/shop/health.(*Checker).Run", File: "/src/shop/health/checker.go", Line: 41}, Alive: true, Seen: 16, Of: 16},
			{Position: analyze.Position{Func: "main.main", File: "/src/shop/main.go", Line: 33}, Alive: true, Seen: 16, Of: 16},
		},
		Cause: &analyze.Cause{Text: "created on behalf of example.com/shop/health.(*Checker).probe, in 16 of 16 traced creations",
			File: probe.File, Line: probe.Line, Func: probe.Func, Kind: analyze.Measured,
			Candidates: []analyze.Candidate{{Position: probe, Score: 1, Why: "16 of 16 traced creations descend from it"}}},
		Evidence: []analyze.Evidence{
			{Kind: analyze.Measured, Text: "+32.0 a minute (95 % interval +31.2 to +32.9) over 289 samples in 4 min 48 s; Mann–Kendall p = below 0.0001 after Holm's correction"},
			{Kind: analyze.Measured, Text: "it rises in steps of 16 every 30.0 s: match height and period against batch sizes and tickers"},
			{Kind: analyze.Measured, Text: "160 born since the first dump, 160 still there; of the 120 that reached 75 s of age none ended"},
			{Kind: analyze.Measured, Text: "an execution trace shows the creation: 16 of 16 descend from example.com/shop/health.(*Checker).probe", File: probe.File, Line: probe.Line},
		},
		Stack: []analyze.Position{
			{Func: "internal/poll.runtime_pollWait", File: "/usr/local/go/src/runtime/netpoll.go", Line: 351},
			{Func: "bufio.(*Reader).Peek", File: "/usr/local/go/src/bufio/bufio.go", Line: 148},
			blocked,
		},
		Points: line(12, 32, 300),
	}
	w := watched(300, 5)
	w.Scrapes["trace"] = 1
	total := totals(points, r, growth.Stepped)
	total.Trend.Step, total.Trend.Warmup, total.Baseline = f.Step, 12, int(points[12].N)
	last := total.Last
	return analyze.Analysis{
		Target: shopTarget(), Window: w, Verdict: analyze.Probable, Total: total, Findings: []analyze.Finding{f},
		Inventory: []analyze.Inventory{
			{Site: persistSite, Class: analyze.ClassGrowing, First: 6, Last: 86, Rate: &half},
			{Site: f.Sites[0], Class: analyze.ClassGrowing, First: 6, Last: 86, Rate: &half},
			{Site: serveSite, Class: analyze.ClassExpected, First: total.First - 13, Last: last - 173},
			{Site: mainSite, Class: analyze.ClassExpected, First: 1, Last: 1},
		},
		Impact: analyze.Impact{Goroutines: last, Descriptors: ptr(101),
			Project: []analyze.Projection{{Seconds: 1800, Value: 1142, Low: 1118, High: 1169}},
			Limits: []analyze.Limit{{Name: "descriptors", Value: 1024, Basis: analyze.Measured, Seconds: 3461, Low: 3366, High: 3550},
				{Name: "goroutines", Value: 1e6, Basis: analyze.Advice, Seconds: 1874659, Low: 1823372, High: 1922727}}},
	}
}

func stuckLock() analyze.Analysis {
	points := line(61, 0, 60)
	blocked := analyze.Position{Func: "example.com/shop/cart.(*Store).flush", File: "/src/shop/cart/store.go", Line: 74}
	victim := site("net/http.(*Server).Serve", "/usr/local/go/src/net/http/server.go", 3454, "net/http.(*conn).serve")
	f := analyze.Finding{
		Verdict: analyze.Stuck, Severity: analyze.High, Mechanism: analyze.MissingUnlock, Site: lockSite, Blocked: blocked, State: "sync.Mutex.Lock",
		Shape: growth.Stuck, Count: analyze.Count{First: 1, Last: 1}, Rate: analyze.Rate{},
		Victims:  []analyze.Victim{{Site: victim, Count: 48}},
		Evidence: []analyze.Evidence{{Kind: analyze.Measured, Text: "the same goroutine waited at the same place in every dump from 10 s on (50 s of 60 s)"}},
		Stack: []analyze.Position{
			{Func: "sync.(*Mutex).Lock", File: "/usr/local/go/src/sync/mutex.go", Line: 46},
			blocked,
		},
	}
	total := totals(points, analyze.Rate{Value: 0, Low: -0.9, High: 0.9}, growth.Flat)
	return analyze.Analysis{
		Target: shopTarget(), Window: watched(60, 4), Verdict: analyze.Stuck, Total: total, Findings: []analyze.Finding{f},
		Inventory: []analyze.Inventory{
			{Site: lockSite, Class: analyze.ClassStuck, First: 1, Last: 1},
			{Site: victim, Class: analyze.ClassExpected, First: total.First - 2, Last: total.Last - 2},
			{Site: mainSite, Class: analyze.ClassExpected, First: 1, Last: 1},
		},
		Impact: analyze.Impact{Goroutines: total.Last},
	}
}

// fourLogLines is the evidence of a report written by hand from four lines of a resource monitor.
func fourLogLines() analyze.Analysis {
	start := time.Date(2025, 11, 6, 6, 42, 21, 0, time.UTC)
	points := []growth.Point{{T: 0, N: 102}, {T: 62, N: 134}, {T: 125, N: 166}, {T: 188, N: 198}}
	return analyze.Analysis{
		Target:  analyze.Target{Name: "monitor.jsonl", Kind: "file"},
		Window:  analyze.Window{Start: start, End: start.Add(188 * time.Second), Seconds: 188, Samples: 4},
		Verdict: analyze.Inconclusive,
		Total: analyze.Total{First: 102, Last: 198, Baseline: 6, Rate: analyze.Rate{Value: 30.6, Low: math.Inf(-1), High: math.Inf(1)}, Series: points,
			Trend: growth.Trend{Samples: 4, Seconds: 188, Rate: 30.6, P: 0.0417, PAdjusted: 0.0417}},
		Impact: analyze.Impact{Goroutines: 198},
		LogLines: []string{
			`{"baseline":6,"current_count":102,"duration":60.003336034,"growth":96,"level":"warning","msg":"Significant goroutine count change detected","time":"2025-11-06T06:42:21Z","total_growth":96}`,
			`{"baseline":6,"current_count":134,"duration":60.000761254,"growth":32,"level":"warning","msg":"Significant goroutine count change detected","time":"2025-11-06T06:43:23Z","total_growth":128}`,
			`{"baseline":6,"current_count":166,"duration":59.999243746,"growth":32,"level":"warning","msg":"Significant goroutine count change detected","time":"2025-11-06T06:44:26Z","total_growth":160}`,
			`{"baseline":6,"current_count":198,"duration":60.000225199,"growth":32,"level":"warning","msg":"Significant goroutine count change detected","time":"2025-11-06T06:45:29Z","total_growth":192}`,
		},
		Warnings: []string{"the logger that wrote these lines is silent while nothing changes: what lies between them and after them is not known"},
	}
}

func stable() analyze.Analysis {
	total := totals(line(40, 0, 60), analyze.Rate{Value: 0, Low: -0.6, High: 0.7}, growth.Flat)
	w := watched(60, 3)
	w.Gaps = []analyze.Gap{{Start: watchStart.Add(20 * time.Second), End: watchStart.Add(24 * time.Second), Why: "connection refused"}}
	return analyze.Analysis{
		Target: shopTarget(), Window: w, Verdict: analyze.Stable, Total: total,
		Inventory: []analyze.Inventory{
			{Site: serveSite, Class: analyze.ClassExpected, First: total.First - 1, Last: total.Last - 1},
			{Site: mainSite, Class: analyze.ClassExpected, First: 1, Last: 1},
		},
		Impact: analyze.Impact{Goroutines: total.Last},
	}
}

func withLoad() analyze.Analysis {
	a := chanSend()
	a.Verdict = analyze.GrowingWithLoad
	f := &a.Findings[0]
	f.Verdict, f.Severity, f.Candidates = analyze.GrowingWithLoad, analyze.Low, nil
	f.Cohort = &growth.Cohort{Born: 120, Died: 61, Survivors: 59, OldestSeconds: 40}
	f.Evidence = []analyze.Evidence{{Kind: analyze.Measured, Text: "61 of the 120 that reached 30 s of age ended: growth with deaths is load"}}
	return a
}

func several() analyze.Analysis {
	a := clientPerCall()
	second := quoteFinding(analyze.Rate{Value: 4, Low: 1.1, High: 6.8})
	second.Verdict, second.Severity, second.Mechanism, second.Candidates = analyze.Suspect, analyze.Low, analyze.UnclosedRange, nil
	second.State, second.Cohort = "chan receive", nil
	second.Evidence = nil
	third := stuckLock().Findings[0]
	a.Findings = append(a.Findings, third, second)
	a.Window.Restarts = []time.Time{watchStart.Add(3 * time.Second)}
	a.LogLines = []string{`time=2026-11-20T09:31:02Z level=WARN msg="health check slow"`}
	return a
}

// evil is what a hostile target may call anything.
const evil = "x|y`z`<script>alert(1)</script>\n# head\x1b[31m\u202e[l](http://evil.example)**b**_u_\\| $m$ @you #1 ```"

func hostile() analyze.Analysis {
	a := several()
	a.Target.Name, a.Target.URL, a.Target.GoVersion = evil, "http://h/'; rm -rf $HOME #", "- "+evil
	for i := range a.Findings {
		f := &a.Findings[i]
		f.Site.Func, f.Site.File, f.Site.Entry = evil, evil, evil+"2"
		f.State = goroutine.State(evil)
		f.Blocked = analyze.Position{Func: evil, File: evil, Line: 1}
		f.Stack = []analyze.Position{f.Blocked, {Func: "```\n## out", File: "~~~"}}
		f.Evidence = append(f.Evidence, analyze.Evidence{Kind: analyze.Measured, Text: evil, File: evil, Line: 2})
		f.Labels = map[string]string{evil: evil}
		f.Cause = &analyze.Cause{Text: evil, Func: evil, File: evil, Line: 3, Kind: analyze.Measured}
		for j := range f.Lineage {
			f.Lineage[j].Func = evil
		}
	}
	a.Findings[0].Fix = &analyze.Fix{Title: evil, Diff: ptr("--- a\n+++ b\n-x\n+```\n+\ty\x1b[2J\n"), Compiles: ptr(false), Steps: []string{evil}}
	for i := range a.Inventory {
		a.Inventory[i].Site.Func, a.Inventory[i].Site.File = evil, evil
	}
	a.Cleared = []analyze.Cleared{{Site: a.Findings[0].Site, Why: evil}}
	a.Warnings = []string{evil, "- item", "1. item"}
	a.LogLines = []string{evil, "\x00\xff\x9b31m", "```"}
	a.Metrics = []string{"go_goroutines", evil, `bad"name`}
	return a
}
