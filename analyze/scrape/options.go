package scrape

import (
	"net/http"
	"strings"
	"time"
)

// Options say how a target may be asked. The zero value asks plainly, within
// the default bounds.
type Options struct {
	CAFile     string // PEM certificates that may sign the target's; "": the system's
	CertFile   string // PEM client certificate; "": none. Needs KeyFile
	KeyFile    string // PEM key of CertFile
	BearerFile string // file with a bearer token, read for each request, so that it may rotate; "": none
	BasicFile  string // file with user:password, read for each request; "": none
	Path       string // path of the profiles; "": /debug/pprof, or what the address says

	Timeout  time.Duration // of one request, a trace's own seconds not counted; 0: 30 s
	MaxBytes int64         // of one answer, as sent and again when decompressed; 0: 128 MiB

	Force   bool // lift the cost rules: never stretch the interval, no goroutine ceilings
	NoDumps bool // never take debug=2 dumps, which stop the target's world
	NoTrace bool // never take execution traces
	// AllStacks: of a process that is read through its memory, read the stack of
	// every goroutine, and not of some of each kind when there are many.
	AllStacks bool

	DumpCeiling  int // goroutines above which no debug=2 dump is taken; 0: 5,000
	LeakCeiling  int // goroutines above which no goroutineleak profile is taken; 0: 30,000
	TraceCeiling int // goroutines above which no execution trace is taken; 0: 5,000
	TraceSeconds int // length of one execution trace; 0: 3

	// transport replaces the network in tests; nil: the network.
	transport http.RoundTripper
}

// The defaults of Options.
const (
	DefaultTimeout      = 30 * time.Second
	DefaultMaxBytes     = 128 << 20
	DefaultDumpCeiling  = 5_000
	DefaultLeakCeiling  = 30_000
	DefaultTraceCeiling = 5_000
	DefaultTraceSeconds = 3
)

// dumpCut is where net/http/pprof stops a debug=2 dump, without a mark:
// runtime/pprof.writeGoroutineStacks gives its buffer up to 64 MiB.
const dumpCut = 64 << 20

// traceMax bounds an execution trace, in bytes; what came until then is read.
const traceMax = 32 << 20

// metricsMax bounds the target's /metrics, in bytes.
const metricsMax = 8 << 20

func (o Options) withDefaults() Options {
	set := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	set(&o.DumpCeiling, DefaultDumpCeiling)
	set(&o.LeakCeiling, DefaultLeakCeiling)
	set(&o.TraceCeiling, DefaultTraceCeiling)
	set(&o.TraceSeconds, DefaultTraceSeconds)
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	return o
}

func (o Options) check() error {
	switch {
	case (o.CertFile == "") != (o.KeyFile == ""):
		return fail("give both --cert and --key", "client certificate: certificate and key belong together")
	case o.BearerFile != "" && o.BasicFile != "":
		return fail("give one of --bearer-file and --basic-file", "credentials: a request carries one kind of them")
	case o.Path != "" && !strings.HasPrefix(o.Path, "/"):
		return fail("write it as /debug/pprof", "pprof path %q: it does not begin with /", o.Path)
	}
	return nil
}
