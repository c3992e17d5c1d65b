package scrape

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/analyze/recording"
)

// costs is what one kind costs a target with n goroutines: the table of
// leak-detection.md, section 2, in between linear.
func costs(kind recording.Kind, n int) time.Duration {
	us := func(f float64) time.Duration { return time.Duration(f * float64(time.Microsecond)) }
	k := float64(n) / 1000
	switch kind {
	case recording.Goroutine:
		return us(1000 + 2200*k)
	case recording.Stacks:
		return us(1000 + 10_000*k + 3000*k*k)
	case recording.Leak:
		return us(3000 + 3300*k)
	case recording.Memory:
		return us(4000)
	case recording.Metrics:
		return us(2000)
	}
	return 0
}

// play runs a schedule against a target with n goroutines and logs what is
// taken as kind -> times in seconds; cost is the sum of what it cost.
func play(p Policy, n int, wish Suspicion, absent ...recording.Kind) (log map[recording.Kind][]float64, cost time.Duration) {
	s := NewSchedule(p)
	log = map[recording.Kind][]float64{}
	take := func(now time.Duration, kind recording.Kind) time.Duration {
		log[kind] = append(log[kind], now.Seconds())
		if slices.Contains(absent, kind) {
			s.Failed(now, kind, true)
			return 0
		}
		c := costs(kind, n)
		cost += c
		s.Took(now, kind, c, n)
		return c
	}
	now := time.Duration(0)
	for now < p.Duration {
		began := now
		now += take(now, recording.Goroutine)
		for _, kind := range s.Next(now, wish) {
			now += take(now, kind)
		}
		now = min(max(now, began+s.Interval(now)), p.Duration)
	}
	for _, kind := range s.Closing(now) {
		now += take(now, kind)
	}
	return log, cost
}

func policy(d time.Duration) Policy {
	return Policy{Interval: time.Second, Duration: d, DumpCeiling: 5000, LeakCeiling: 30_000, TraceCeiling: 5000, TraceSeconds: 3}
}

// TestSchedule is the table of what a watch of one minute takes, by size.
func TestSchedule(t *testing.T) {
	all := Suspicion{Dump: true, Trace: true, Leak: true}
	for _, test := range []struct {
		name   string
		policy func(*Policy)
		n      int
		wish   Suspicion
		absent []recording.Kind
		want   map[recording.Kind]string // how many
	}{
		{name: "small", n: 300, want: map[recording.Kind]string{"goroutine": "50..61", "stacks": "12..13", "goroutineleak": "2", "memory": "6..8", "metrics": "4..5", "trace": "0"}},
		{name: "thousand", n: 1000, want: map[recording.Kind]string{"goroutine": "40..61", "stacks": "11..13", "goroutineleak": "2", "trace": "0"}},
		{name: "above dense dumps", n: 2500, want: map[recording.Kind]string{"goroutine": "30..61", "stacks": "3", "goroutineleak": "2"}},
		{name: "ceiling", n: 5000, want: map[recording.Kind]string{"goroutine": "15..40", "stacks": "3", "goroutineleak": "2"}},
		{name: "above the ceiling", n: 5001, want: map[recording.Kind]string{"goroutine": "24..40", "stacks": "0", "trace": "0"}, wish: all},
		{name: "no early leak profile", n: 20_000, want: map[recording.Kind]string{"stacks": "0", "goroutineleak": "1"}},
		{name: "no leak profile at all", n: 30_001, want: map[recording.Kind]string{"goroutineleak": "0"}, wish: all},
		{name: "hundred thousand", n: 100_000, want: map[recording.Kind]string{"goroutine": "2", "stacks": "0", "goroutineleak": "0", "trace": "0"}},
		{name: "suspicion", n: 2500, wish: all, want: map[recording.Kind]string{"stacks": "5..8", "goroutineleak": "3..4", "trace": "3"}},
		{name: "suspicion, small", n: 300, wish: all, want: map[recording.Kind]string{"stacks": "12..13", "goroutineleak": "3..4", "trace": "3"}},
		{name: "asked for no dumps", n: 300, wish: all, policy: func(p *Policy) { p.NoDumps = true }, want: map[recording.Kind]string{"stacks": "0", "trace": "3"}},
		{name: "asked for no traces", n: 300, wish: all, policy: func(p *Policy) { p.NoTrace = true }, want: map[recording.Kind]string{"trace": "0"}},
		{name: "nothing optional there", n: 300, wish: all, absent: []recording.Kind{"goroutineleak", "metrics", "memory", "trace"},
			want: map[recording.Kind]string{"goroutineleak": "1", "metrics": "1", "memory": "1", "trace": "1"}},
		{name: "forced", n: 20_000, policy: func(p *Policy) { p.Force = true }, want: map[recording.Kind]string{"stacks": "8..13", "goroutineleak": "2", "goroutine": "30..61"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := policy(time.Minute)
			if test.policy != nil {
				test.policy(&p)
			}
			log, _ := play(p, test.n, test.wish, test.absent...)
			for kind, want := range test.want {
				low, high := 0, 0
				if _, err := fmt.Sscanf(want, "%d..%d", &low, &high); err != nil {
					fmt.Sscanf(want, "%d", &low)
					high = low
				}
				if got := len(log[kind]); got < low || got > high {
					t.Errorf("%s taken %d times, want %s: at %.1f", kind, got, want, log[kind])
				}
			}
		})
	}
}

// TestShare: over ten minutes all scrapes together stay under one percent of a
// core, whatever the size, even with a judge who wants everything.
func TestShare(t *testing.T) {
	for _, n := range []int{10, 300, 1000, 1001, 3000, 5000, 5001, 10_000, 30_000, 100_000, 1_000_000} {
		for _, wish := range []Suspicion{{}, {Dump: true, Leak: true}} {
			for _, interval := range []time.Duration{100 * time.Millisecond, time.Second} {
				p := policy(10 * time.Minute)
				p.Interval = interval
				log, cost := play(p, n, wish)
				if used := cost.Seconds() / p.Duration.Seconds(); used > share {
					t.Errorf("%d goroutines every %v, wish %+v: %.2f %% of a core", n, interval, wish, used*100)
				}
				if len(log[recording.Goroutine]) < 2 {
					t.Errorf("%d goroutines: %d ticks", n, len(log[recording.Goroutine]))
				}
			}
		}
	}
}

// TestEnds: the first dump comes at once, the last at the end, and the middle in the middle.
func TestEnds(t *testing.T) {
	log, _ := play(policy(2*time.Minute), 4000, Suspicion{})
	dumps := log[recording.Stacks]
	if len(dumps) != 3 || dumps[0] > 1 || dumps[1] < 59 || dumps[1] > 66 || dumps[2] < 119 {
		t.Errorf("dumps at %.1f", dumps)
	}
	memory := log[recording.Memory]
	if memory[0] > 1 || memory[len(memory)-1] < 119 {
		t.Errorf("memory at %.1f", memory)
	}
}

// TestOpenEnd: a watch until Ctrl-C has middle dumps that become rare.
func TestOpenEnd(t *testing.T) {
	p := policy(0)
	s := NewSchedule(p)
	var dumps []string
	for now := time.Duration(0); now < 30*time.Minute; now += time.Second {
		s.Took(now, recording.Goroutine, time.Millisecond, 3000)
		if slices.Contains(s.Next(now, Suspicion{}), recording.Stacks) {
			dumps = append(dumps, now.String())
			s.Took(now, recording.Stacks, 50*time.Millisecond, 0)
		}
	}
	if diff := cmp.Diff("0s 1m0s 2m0s 4m0s 8m0s 16m0s", strings.Join(dumps, " ")); diff != "" {
		t.Errorf("dumps (-want +got):\n%s", diff)
	}
}

// TestTraces: three at first, then rarely; two more tries when somebody else traces.
func TestTraces(t *testing.T) {
	wish := Suspicion{Trace: true}
	ask := func(refused bool) string {
		s := NewSchedule(policy(0))
		var at []string
		for now := time.Duration(0); now < 30*time.Minute; now += time.Second {
			s.Took(now, recording.Goroutine, time.Millisecond, 100)
			if !slices.Contains(s.Next(now, wish), recording.Trace) {
				continue
			}
			at = append(at, now.String())
			if refused {
				s.Failed(now, recording.Trace, false)
			} else {
				s.Took(now, recording.Trace, time.Millisecond, 0)
			}
		}
		return strings.Join(at, " ")
	}
	if diff := cmp.Diff("0s 13s 26s 10m29s 20m32s", ask(false)); diff != "" {
		t.Errorf("answered (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("0s 13s 26s", ask(true)); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

// TestOutlier: scrapes that had to wait for a processor stretch nothing.
func TestOutlier(t *testing.T) {
	s := NewSchedule(policy(time.Minute))
	for i, ms := range []int{2, 40, 900, 35, 50} {
		s.Took(time.Duration(i)*time.Second, recording.Goroutine, time.Duration(ms)*time.Millisecond, 300)
	}
	if got := s.Interval(5 * time.Second); got != time.Second {
		t.Errorf("interval %v", got)
	}
}

// TestRecovered: after a restart the first dump and memory come again at once.
func TestRecovered(t *testing.T) {
	s := NewSchedule(policy(time.Minute))
	s.Took(0, recording.Goroutine, time.Millisecond, 3000)
	for _, kind := range s.Next(0, Suspicion{}) {
		s.Took(0, kind, time.Millisecond, 0)
	}
	if again := s.Next(time.Second, Suspicion{}); len(again) != 0 {
		t.Fatalf("after a second: %v", again)
	}
	s.Recovered()
	if again := s.Next(2*time.Second, Suspicion{}); !slices.Contains(again, recording.Stacks) || !slices.Contains(again, recording.Memory) {
		t.Errorf("after a restart: %v", again)
	}
}
