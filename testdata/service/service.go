// Package service is what the programs of testdata share: flags, a pprof listener, load from inside, noise, and an orderly end.
//
// A program fills in a Program and calls Main. Main prints one JSON line (see Hello) on standard output once pprof is served, so that
// whoever started it knows where to look. Everything random is drawn from -seed: the same seed gives the same rates and shapes.
package service

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Program is one service of testdata.
type Program struct {
	// Run does the service's work until ctx ends. Required. It may return late or never (leaks do that): Main leaves two seconds after ctx.
	Run func(ctx context.Context, s *Service) error
	// Variants are the values of -variant; the seed chooses when the flag is not given. Empty: there is only one.
	Variants []string
	// Backend is the other end of the service's connections; Service.Backend holds its address. Nil: none.
	Backend Backend
	// Remote are the variants in which Backend runs in a child process; in all others it runs in this one.
	Remote []string
}

// Style is how a program starts its goroutines.
type Style string

// The styles a goroutine is started in.
const (
	Func   Style = "func"   // go func() { … }()
	Method Style = "method" // go s.method(…)
	WG     Style = "wg"     // wg.Go(…) of sync.WaitGroup or errgroup.Group
)

// Service is what a running program knows of its circumstances.
type Service struct {
	Style   Style
	Variant string
	Seed    uint64
	// Rand is drawn from the seed. It is for the goroutine of Run only.
	Rand *rand.Rand
	// Plan is the load drawn from the seed.
	Plan Plan
	// StuckAfter is how long a program that gets stuck works normally before.
	StuckAfter time.Duration
	// Backend is the host:port of Program.Backend, or empty.
	Backend string
	// Addr is the host:port on which pprof is served.
	Addr string
}

// Hello is the line a program prints once it is being served.
type Hello struct {
	Addr    string `json:"addr"` // host:port of pprof
	PID     int    `json:"pid"`
	Style   Style  `json:"style"`
	Variant string `json:"variant,omitempty"`
	Plan    Plan   `json:"plan"`
}

// Main runs p and ends the process: 0 when it was told to stop, 1 after an error, 2 for wrong flags.
func Main(p Program) {
	name := filepath.Base(os.Args[0])
	if err := run(p, name, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		if errors.Is(err, errUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

var errUsage = errors.New("wrong flags")

func run(p Program, name string, args []string) error {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "serve pprof on `host:port`")
	seed := flags.Uint64("seed", 1, "draw rates, sizes and lifetimes from `N`")
	style := flags.String("style", string(Func), "start goroutines with `func|method|wg`")
	variant := flags.String("variant", "", fmt.Sprintf("one of %q; drawn from the seed when empty", p.Variants))
	noise := flags.Bool("noise", false, "run hundreds of healthy short-lived goroutines around")
	duration := flags.Duration("duration", 10*time.Minute, "end after this time")
	rate := flags.Float64("leak-rate", 0, "leaked goroutines a minute; drawn from the seed when 0")
	stop := flags.Duration("stop-after", 0, "no request leaks after this time; 0: they go on")
	stuck := flags.Duration("stuck-after", 0, "a stuck variant works this long before; drawn from the seed when 0")
	child := flags.Bool("child", false, "serve the backend only (used by the program itself)")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if *child {
		return serveChild(p.Backend)
	}

	s := &Service{Style: Style(*style), Seed: *seed}
	if s.Style != Func && s.Style != Method && s.Style != WG {
		return fmt.Errorf("%w: style %q is not func, method or wg", errUsage, *style)
	}
	// The program's name is mixed in so that one seed does not give every program the same shape.
	h := fnv.New64a()
	h.Write([]byte(name))
	mix := h.Sum64()
	s.Rand = rand.New(rand.NewPCG(*seed, mix))
	var err error
	if s.Variant, err = choose(p.Variants, *variant, *seed+mix/3); err != nil {
		return err
	}
	s.Plan = drawPlan(s.Rand, *seed+mix%3, *rate)
	s.Plan.StopAfter = *stop
	s.StuckAfter = time.Duration(5000+s.Rand.IntN(5000)) * time.Millisecond
	if *stuck > 0 {
		s.StuckAfter = *stuck
	}

	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	ctx, cancelDuration := context.WithTimeout(ctx, *duration)
	defer cancelDuration()

	stopBackend, err := s.startBackend(p)
	if err != nil {
		return err
	}
	defer stopBackend()
	return s.serve(ctx, p, *listen, *noise)
}

// choose returns the wanted variant, or the one that n draws when none is wanted.
func choose(variants []string, wanted string, n uint64) (string, error) {
	if wanted == "" && len(variants) > 0 {
		return variants[n%uint64(len(variants))], nil
	}
	for _, v := range variants {
		if v == wanted {
			return v, nil
		}
	}
	if wanted != "" {
		return "", fmt.Errorf("%w: variant %q is not one of %q", errUsage, wanted, variants)
	}
	return "", nil
}

// serve listens for pprof, says where, and runs the program and its noise until ctx ends.
func (s *Service) serve(ctx context.Context, p Program, listen string, noise bool) error {
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	debug := &http.Server{Handler: pprofMux(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		debug.Serve(ln)
	}()
	s.Addr = ln.Addr().String()
	hello := Hello{Addr: s.Addr, PID: os.Getpid(), Style: s.Style, Variant: s.Variant, Plan: s.Plan}
	if err := json.NewEncoder(os.Stdout).Encode(hello); err != nil {
		return err
	}

	var wg sync.WaitGroup
	if noise {
		seed := s.Rand.Uint64()
		wg.Go(func() { makeNoise(ctx, seed) })
	}
	failed := make(chan error, 1)
	go func() {
		failed <- p.Run(ctx, s)
	}()
	select {
	case err = <-failed:
	case <-ctx.Done():
		// What leaks or is stuck cannot be waited for.
		select {
		case err = <-failed:
		case <-time.After(2 * time.Second):
		}
	}
	debug.Close()
	<-served
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// pprofMux serves every profile, also those the runtime adds under Index (goroutineleak).
func pprofMux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// Pick returns the function that starts goroutines in the wanted style.
func Pick[F any](style Style, function, method, wg F) F {
	switch style {
	case Method:
		return method
	case WG:
		return wg
	}
	return function
}
