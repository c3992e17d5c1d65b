package analyze_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
)

// held observes a service that leaks goroutines, in pairs when there are two
// kinds, for two minutes; use says what it holds open at second t with n leaked.
func held(kinds []kind, use func(t float64, n int) *analyze.Usage) *analyze.Analysis {
	b := analyze.NewBuilder(analyze.Target{Name: "simulated"})
	p := newProcess(3, append(background(), kinds...)...)
	for t := range 121 {
		p.step(float64(t), 1)
		snapshot := p.snapshot(float64(t), false)
		b.Counts(at(float64(t)), snapshot)
		if t%5 == 0 {
			b.Dump(at(float64(t)), p.snapshot(float64(t), true))
			b.Usage(at(float64(t)+0.01), use(float64(t), count(snapshot, kinds[0].entry)))
		}
	}
	return analyze.Detect(b.History(), analyze.DefaultThresholds())
}

func count(s *goroutine.Snapshot, entry string) (n int) {
	for _, g := range s.Groups() {
		if string(g.Key) == entry {
			n += g.Count
		}
	}
	return n
}

// sentences are what the findings say of descriptors.
func sentences(a *analyze.Analysis) (said []string) {
	for _, f := range a.Findings {
		for _, e := range f.Evidence {
			if strings.Contains(e.Text, "descriptor") && !strings.HasPrefix(e.Text, "readers and writers") {
				said = append(said, string(e.Kind)+": "+e.Text)
			}
		}
	}
	return said
}

func usageOf(limit int, groups ...analyze.Held) *analyze.Usage {
	u := &analyze.Usage{Started: time.Unix(1, 0), Limit: limit, Memory: 1 << 24, Threads: 8, Groups: groups}
	for _, g := range groups {
		u.Descriptors += g.N
	}
	return u
}

var waits = kind{entry: "app.(*Docker).attach", creator: "app.(*Docker).Attach", file: "/src/app/docker.go", line: 9, state: "select", perMinute: 40}

func TestDescriptorsThatComeWithGoroutines(t *testing.T) {
	engine := func(n int) analyze.Held {
		return analyze.Held{Kind: "unix", Relation: "to", Name: "/var/run/docker.sock", N: 3 + n}
	}
	steady := analyze.Held{Kind: "tcp", Relation: "listening", Name: ":8080", N: 1}
	tests := []struct {
		name string
		use  func(t float64, n int) *analyze.Usage
		want []string // beginnings
	}{
		{"to a socket", func(_ float64, n int) *analyze.Usage { return usageOf(1024, engine(n), steady) },
			[]string{"measured: each time 1 goroutine and 1 descriptor to /var/run/docker.sock (unix): ", "measured: "}},
		{"without a limit", func(_ float64, n int) *analyze.Usage { return usageOf(0, engine(n), steady) },
			[]string{"measured: each time 1 goroutine and 1 descriptor to /var/run/docker.sock (unix): "}},
		{"two pipes' ends", func(_ float64, n int) *analyze.Usage {
			return usageOf(0, analyze.Held{Kind: "pipe", N: 6 + 2*n}, steady)
		}, []string{"measured: each time 1 goroutine and 2 descriptors of kind pipe: "}},
		{"one file, again and again", func(_ float64, n int) *analyze.Usage {
			return usageOf(0, analyze.Held{Kind: "file", Relation: "in", Name: "/etc/app", Path: "/etc/app/routes.yaml", N: n})
		}, []string{"measured: each time 1 goroutine and 1 descriptor of /etc/app/routes.yaml: "}},
		{"files of one folder", func(_ float64, n int) *analyze.Usage {
			return usageOf(0, analyze.Held{Kind: "file", Relation: "in", Name: "/tmp", N: n})
		}, []string{"measured: each time 1 goroutine and 1 descriptor of files in /tmp: "}},
		{"many hosts", func(_ float64, n int) *analyze.Usage {
			var all []analyze.Held
			for i := range n {
				all = append(all, analyze.Held{Kind: "tcp", Relation: "to", Name: fmt.Sprintf("10.0.0.%d:443", i), N: 1})
			}
			return usageOf(0, all...)
		}, []string{"measured: each time 1 goroutine and 1 descriptor of kind tcp: "}},
		{"a steady number", func(float64, int) *analyze.Usage { return usageOf(1024, engine(0), steady) }, nil},
		{"a log file each two seconds", func(t float64, _ int) *analyze.Usage {
			return usageOf(1024, engine(0), analyze.Held{Kind: "file", Relation: "in", Name: "/var/log", N: int(t / 2)})
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := held([]kind{waits}, tt.use)
			said := sentences(a)
			if len(a.Findings) != 1 || len(said) != len(tt.want) {
				t.Fatalf("want %q\n%s", tt.want, describe(a))
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(said[i], want) {
					t.Errorf("%q does not begin with %q", said[i], want)
				}
			}
		})
	}
}

// Descriptors that are opened at random say nothing of goroutines that leak at random.
func TestDescriptorsThatOnlyGrowToo(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 9))
		n := 0
		a := held([]kind{waits}, func(float64, int) *analyze.Usage {
			for range 40 {
				if rng.Float64() < 40.0/60*5/40 {
					n++
				}
			}
			return usageOf(1024, analyze.Held{Kind: "unix", Relation: "to", Name: "/run/db.sock", N: n})
		})
		if said := sentences(a); len(a.Findings) != 1 || len(said) > 0 {
			t.Errorf("seed %d: %q\n%s", seed, said, describe(a))
		}
	}
}

// The two loops of a connection count together, and the limit is reached by what was measured.
func TestConnectionsAndTheirLimit(t *testing.T) {
	loop := func(name string, state goroutine.State, frame string) kind {
		return kind{entry: "net/http.(*persistConn)." + name, creator: "net/http.(*Transport).dialConn", file: "/go/src/net/http/transport.go", line: 1994, state: state, frames: []string{frame}, initial: 1}
	}
	reader, writer := loop("readLoop", "IO wait", "bufio.(*Reader).Peek"), loop("writeLoop", "select", "net/http.(*persistConn).writeLoop")
	b := analyze.NewBuilder(analyze.Target{Name: "simulated"})
	for t := range 181 {
		reader.initial, writer.initial = 1+t/2, 1+t/2
		p := newProcess(1, append(background(), reader, writer)...)
		p.step(0, 1)
		b.Counts(at(float64(t)), p.snapshot(float64(t), false))
		if t%5 == 0 {
			b.Usage(at(float64(t)), usageOf(1024, analyze.Held{Kind: "unix", Relation: "to", Name: "/var/run/docker.sock", N: 1 + t/2}, analyze.Held{Kind: "epoll", N: 1}))
		}
	}
	a := analyze.Detect(b.History(), analyze.DefaultThresholds())
	said := sentences(a)
	if len(a.Findings) != 1 || len(said) != 2 || !strings.HasPrefix(said[0], "measured: each time 2 goroutines and 1 descriptor to /var/run/docker.sock (unix): ") {
		t.Fatalf("%q\n%s", said, describe(a))
	}
	if want := "measured: 92 of 1024 descriptors that may be open are in use: at this rate of +30.0 descriptors a minute the rest is used up in 31 min 4 s"; said[1] != want {
		t.Errorf("got  %q\nwant %q", said[1], want)
	}
	if a.Impact.Descriptors == nil || *a.Impact.Descriptors != 92 {
		t.Errorf("impact %+v", a.Impact)
	}
	for _, l := range a.Impact.Limits {
		if l.Name == "descriptors" && l.Value == 1024 && l.Seconds == 1864 {
			return
		}
	}
	t.Errorf("limits %+v", a.Impact.Limits)
}

// Readings of two days and names that never come back must not fill the memory.
func TestUsageIsBounded(t *testing.T) {
	b := analyze.NewBuilder(analyze.Target{})
	for i := range 3000 {
		b.Usage(at(float64(5*i)), usageOf(0, analyze.Held{Kind: "tcp", Relation: "to", Name: fmt.Sprint(i), N: 1}, analyze.Held{Kind: "pipe", N: i}))
	}
	h := b.History()
	if n := len(h.Usage); n > 1440 || n < 720 || h.Usage[n-1].T != 5*2999 {
		t.Errorf("%d readings", n)
	}
	if len(h.Holdings) != 400 || len(h.Warnings) != 1 {
		t.Errorf("%d holdings, warnings %q", len(h.Holdings), h.Warnings)
	}
	for _, held := range h.Holdings {
		if len(held.Points) != len(h.Usage) || held.Points[len(held.Points)-1].T != 5*2999 {
			t.Errorf("%s %s has %d points", held.Kind, held.Name, len(held.Points))
		}
		if held.Kind == "tcp" && held.Name == "" && held.Points[len(held.Points)-1].N != 1 {
			t.Errorf("all of tcp: %v", held.Points[len(held.Points)-1])
		}
	}
}

// Another start is another process: what it holds is counted anew.
func TestUsageTellsOfARestart(t *testing.T) {
	b := analyze.NewBuilder(analyze.Target{})
	for i := range 4 {
		u := usageOf(0, analyze.Held{Kind: "pipe", N: 2})
		u.Started = time.Unix(int64(1+100*(i/2)), int64(i)*int64(10*time.Millisecond))
		b.Usage(at(float64(5*i)), u)
	}
	if r := b.History().Restarts; len(r) != 1 || r[0] != 10 {
		t.Errorf("restarts %v", r)
	}
}
