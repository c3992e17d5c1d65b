package live

import (
	"fmt"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
	"github.com/logcap/logcap/analyze/recording"
	"github.com/logcap/logcap/analyze/watch"
)

var began = time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)

// shop is a target that leaks order watchers, two a sample.
func shop(samples int) watch.Progress {
	b := analyze.NewBuilder(analyze.Target{Name: "shop:6060", Kind: "http"})
	for i := range samples {
		b.Counts(began.Add(time.Duration(i)*time.Second/2), shopAt(10+2*i, 4+i%3))
	}
	if samples > 0 {
		dump := shopAt(10+2*samples, 4)
		for i := range dump.Stacks {
			for id := range dump.Stacks[i].Count {
				dump.Stacks[i].Goroutines = append(dump.Stacks[i].Goroutines, goroutine.Goroutine{ID: uint64(100*i + id), Wait: 3})
			}
		}
		b.Dump(began.Add(time.Duration(samples)*time.Second/2), dump)
	}
	h := b.History()
	return watch.Progress{
		Name: "shop:6060", History: h, Elapsed: h.End.Sub(h.Start),
		Scrape: recording.Scrape{Kind: recording.Goroutine},
	}
}

// shopAt is the shop with so many watchers and so many requests.
func shopAt(watchers, requests int) *goroutine.Snapshot {
	stack := func(n int, state goroutine.State, frames ...goroutine.Frame) goroutine.Stack {
		return goroutine.Stack{Frames: frames, State: state, Count: n}
	}
	s := &goroutine.Snapshot{Form: goroutine.Proto, Profile: "goroutine", Stacks: []goroutine.Stack{
		stack(watchers, "chan receive",
			goroutine.Frame{Func: "example.org/shop/order.(*Store).await", File: "/src/shop/order/store.go", Line: 88, Start: 80},
			goroutine.Frame{Func: "example.org/shop/order.(*Store).watch", File: "/src/shop/order/watch.go", Line: 42, Start: 40}),
		stack(requests, "IO wait",
			goroutine.Frame{Func: "internal/poll.(*FD).Read", File: "/go/src/internal/poll/fd_unix.go", Line: 165},
			goroutine.Frame{Func: "net/http.(*conn).serve", File: "/go/src/net/http/server.go", Line: 2100, Start: 1900}),
		stack(1, "sync.Mutex.Lock", goroutine.Frame{Func: "example.org/shop/stock.refresh", File: "/src/shop/stock/refresh.go", Line: 17, Start: 11}),
		stack(1, "select", goroutine.Frame{Func: "main.main", File: "/src/shop/main.go", Line: 30, Start: 12}),
	}}
	for _, st := range s.Stacks {
		s.Total += st.Count
	}
	return s
}

// judged adds a judgement to p: one finding of each kind of look.
func withJudgement(p watch.Progress) watch.Progress {
	site := func(entry, file string, line int) goroutine.Site {
		return goroutine.Site{Func: entry, File: file, Line: line, Entry: entry, Exact: true}
	}
	p.Analysis = &analyze.Analysis{
		Verdict: analyze.Probable,
		Findings: []analyze.Finding{{
			Verdict: analyze.Probable, Mechanism: analyze.MissingSender,
			Site:     site("example.org/shop/order.(*Store).watch", "/src/shop/order/create.go", 23),
			Victims:  []analyze.Victim{{Site: site("example.org/shop/stock.refresh", "/src/shop/stock/refresh.go", 11), Count: 1}},
			Cohort:   &growth.Cohort{Born: 40, Died: 1, Survivors: 39, OldestSeconds: 95},
			Evidence: []analyze.Evidence{{Text: "39 of 40 goroutines born in the watch are still there."}, {Text: "It grows by 240 a minute, with a 95 % interval of 238 to 242."}},
		}},
		Cleared: []analyze.Cleared{{Site: site("net/http.(*conn).serve", "/go/src/net/http/server.go", 1900), Why: "keep-alive connections end after 90 s"}},
	}
	return p
}

// failing is p after a sample that the target did not answer.
func failing(p watch.Progress, why string) watch.Progress {
	p.Scrape = recording.Scrape{Kind: recording.Goroutine, Err: why}
	last := p.History.End
	p.History.Gaps = append(p.History.Gaps, analyze.Gap{Start: last.Add(time.Second), End: last.Add(12 * time.Second), Why: why})
	return p
}

// hostile is a target whose every name tries to do something to the terminal.
func hostile() watch.Progress {
	b := analyze.NewBuilder(analyze.Target{Name: "evil"})
	evil := "x/\x1b[2Jy\u202e\n(界界界).\x00|<script>\U000e0041\xff.run"
	for i := range 8 {
		s := &goroutine.Snapshot{Form: goroutine.Proto, Stacks: []goroutine.Stack{{
			State: goroutine.State("sel\x07ect\r"), Count: 3 + i,
			Frames: []goroutine.Frame{{Func: evil, File: "/src/\x1b]0;title\x07/界.go", Line: 3}},
		}}, Total: 3 + i}
		b.Counts(began.Add(time.Duration(i)*time.Second), s)
	}
	b.Warn("line 3:\x1b[31m odd")
	return watch.Progress{Name: "evil\x1b[1m\n:6060", History: b.History(), Scrape: recording.Scrape{Kind: recording.Goroutine}}
}

// crowd is a target of many sites.
func crowd(sites int) watch.Progress {
	b := analyze.NewBuilder(analyze.Target{Name: "crowd"})
	for i := range 10 {
		s := &goroutine.Snapshot{Form: goroutine.Proto}
		for k := range sites {
			n := 1 + k%7 + i*(k%3)
			s.Stacks = append(s.Stacks, goroutine.Stack{State: "select", Count: n,
				Frames: []goroutine.Frame{{Func: fmt.Sprintf("example.org/crowd.worker%04d", k), File: "/src/crowd.go", Line: k + 1}}})
			s.Total += n
		}
		b.Counts(began.Add(time.Duration(i)*time.Second), s)
	}
	return watch.Progress{Name: "crowd:1", History: b.History(), Scrape: recording.Scrape{Kind: recording.Goroutine}}
}
