package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// frame of a generated stack; args is how many words are printed, -1 for an
// inlined call ("...").
type frame struct {
	name string
	args int
	file string
	line int
	off  int
}

// site is a kind of goroutine; weight is its share of the dump.
type site struct {
	states  []string
	weight  int
	frames  []frame
	creator frame
}

// sites are stacks as services print them: parked in the runtime's own hooks
// under the net, net/http and database/sql packages, and in code of the user.
func sites() []site {
	poll := []frame{
		{"internal/poll.runtime_pollWait", 2, "/usr/local/go/src/runtime/netpoll.go", 351, 0x85},
		{"internal/poll.(*pollDesc).waitRead", -1, "/usr/local/go/src/internal/poll/fd_poll_runtime.go", 89, 0},
		{"internal/poll.(*FD).Read", 5, "/usr/local/go/src/internal/poll/fd_unix.go", 165, 0x279},
		{"net.(*netFD).Read", 4, "/usr/local/go/src/net/fd_posix.go", 68, 0x25},
		{"net.(*conn).Read", 4, "/usr/local/go/src/net/net.go", 196, 0x45},
	}
	app := func(pkg string, n int) []frame {
		var out []frame
		for i := range n {
			out = append(out, frame{fmt.Sprintf("example.com/shop/internal/%s.(*Service).step%d", pkg, i), 3 + i%4,
				fmt.Sprintf("/src/shop/internal/%s/service.go", pkg), 120 + 17*i, 0x40 + 13*i})
		}
		return out
	}
	dial := frame{"net/http.(*Transport).dialConn", 0, "/usr/local/go/src/net/http/transport.go", 1944, 0x174f}
	all := []site{
		{[]string{"IO wait"}, 20, append(append([]frame{}, poll...),
			frame{"net/http.(*persistConn).Read", 4, "/usr/local/go/src/net/http/transport.go", 2122, 0x47},
			frame{"bufio.(*Reader).fill", 1, "/usr/local/go/src/bufio/bufio.go", 113, 0x103},
			frame{"bufio.(*Reader).Peek", 2, "/usr/local/go/src/bufio/bufio.go", 152, 0x53},
			frame{"net/http.(*persistConn).readLoop", 1, "/usr/local/go/src/net/http/transport.go", 2275, 0x172}), dial},
		{[]string{"select"}, 30, append(app("client", 4),
			frame{"net/http.(*persistConn).writeLoop", 1, "/usr/local/go/src/net/http/transport.go", 2590, 0xe7}), dial},
		{[]string{"IO wait"}, 8, append(append([]frame{}, poll...),
			frame{"net/http.(*connReader).Read", 4, "/usr/local/go/src/net/http/server.go", 798, 0x154},
			frame{"bufio.(*Reader).fill", 1, "/usr/local/go/src/bufio/bufio.go", 113, 0x103},
			frame{"net/http.(*conn).serve", 3, "/usr/local/go/src/net/http/server.go", 2027, 0x5c5}),
			frame{"net/http.(*Server).Serve", 0, "/usr/local/go/src/net/http/server.go", 3454, 0x485}},
	}
	states := [][]string{{"chan receive"}, {"chan send"}, {"select"}, {"sync.Mutex.Lock", "semacquire"}, {"sleep"}, {"sync.WaitGroup.Wait"}, {"chan receive", "running"}}
	for i := range 24 {
		pkg := fmt.Sprintf("worker%02d", i)
		all = append(all, site{states[i%len(states)], 1 + i%4,
			append(app(pkg, 4+i%5), frame{fmt.Sprintf("example.com/shop/internal/%s.(*Service).Start.func1", pkg), 0, "/src/shop/internal/" + pkg + "/service.go", 40, 0x5d}),
			frame{fmt.Sprintf("example.com/shop/internal/%s.(*Service).Start", pkg), 0, "/src/shop/internal/" + pkg + "/service.go", 38, 0xa6}})
	}
	return all
}

// options of a generated dump.
type options struct {
	goroutines int
	seed       uint64
	labels     bool // as Go 1.26 prints them
}

// generate writes a debug=2 dump of about 1,040 bytes a goroutine, goroutines of
// all sites mixed, every argument another.
func generate(w io.Writer, opts options) error {
	rng := rand.New(rand.NewPCG(opts.seed, 1))
	out := bufio.NewWriterSize(w, 1<<20)
	var deck []site
	for _, s := range sites() {
		for range s.weight {
			deck = append(deck, s)
		}
	}
	id := 1
	for i := range opts.goroutines {
		id += 1 + rng.IntN(7)
		s := deck[rng.IntN(len(deck))]
		header(out, rng, id, s, opts.labels)
		for _, f := range s.frames {
			fmt.Fprintf(out, "%s(%s)\n\t%s:%d", f.name, args(rng, f.args), f.file, f.line)
			if f.args >= 0 {
				fmt.Fprintf(out, " +0x%x", f.off)
			}
			out.WriteByte('\n')
		}
		c := s.creator
		fmt.Fprintf(out, "created by %s in goroutine %d\n\t%s:%d +0x%x\n", c.name, 1+rng.IntN(id), c.file, c.line, c.off)
		if i < opts.goroutines-1 {
			out.WriteByte('\n')
		}
	}
	return out.Flush()
}

func header(out *bufio.Writer, rng *rand.Rand, id int, s site, labels bool) {
	fmt.Fprintf(out, "goroutine %d [%s", id, s.states[rng.IntN(len(s.states))])
	if m := rng.IntN(60); m > 0 {
		fmt.Fprintf(out, ", %d minutes", m)
	}
	if labels && rng.IntN(3) == 0 {
		fmt.Fprintf(out, ` labels:{"handler": "/api/v1/orders", "shard": "%d"}`, rng.IntN(8))
	}
	out.WriteString("]:\n")
}

// args prints n words as a traceback does: pointers, small numbers, some of
// them marked as no longer reliable.
func args(rng *rand.Rand, n int) string {
	if n < 0 {
		return "..."
	}
	words := make([]string, n)
	for i := range words {
		switch rng.IntN(4) {
		case 0:
			words[i] = fmt.Sprintf("0x%x", rng.IntN(1<<12))
		case 1:
			words[i] = fmt.Sprintf("0xc%09x?", rng.IntN(1<<36))
		default:
			words[i] = fmt.Sprintf("0xc%09x", rng.IntN(1<<36))
		}
	}
	return strings.Join(words, ", ")
}
