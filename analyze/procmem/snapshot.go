package procmem

import (
	"strings"
	"time"

	"github.com/logcap/logcap/analyze/goroutine"
)

// Options say how much of the stacks is read.
type Options struct {
	// AllStacks reads the stack of every goroutine. Otherwise, above SampleAbove
	// goroutines, up to Sample of each go statement, entry and wait reason are
	// read, and the rest is counted with the most frequent of them.
	AllStacks           bool
	SampleAbove, Sample int
}

// The defaults of Options.
const (
	DefaultSampleAbove = 10_000
	DefaultSample      = 64
)

// kind is what makes goroutines alike before any stack is read.
type kind struct {
	goPC, startPC uint64
	status        uint32
	reason        uint8
	locked        bool
	labels        uint64
}

// member of a kind, by the path of its stack; path 0 is not read.
type group struct {
	kind
	path int32
}

// gatherer folds batches into groups.
type gatherer struct {
	r       *Reader
	opts    Options
	now     int64 // of the runtime's clock, in nanoseconds
	groups  map[group]int
	order   []group
	members [][]goroutine.Goroutine
	sampled map[kind]int
	users   map[uint64]bool // by StartPC: not the runtime's own
	paths   []int32
	last    group
	lastAt  int
	many    bool
	tally   stackTally
	read    int // stacks
	skipped int // stacks that were left out by choice
}

// Snapshot reads all goroutines, as a traceback of all would show them: without
// the runtime's own. now is the runtime's clock, 0 when it is not known.
func (r *Reader) snapshot(at time.Time, now int64, opts Options) (*goroutine.Snapshot, Scan, error) {
	if opts.Sample <= 0 {
		opts.Sample = DefaultSample
	}
	if opts.SampleAbove <= 0 {
		opts.SampleAbove = DefaultSampleAbove
	}
	r.stacks.unwinder.trim()
	g := &gatherer{r: r, opts: opts, now: now, groups: map[group]int{}, sampled: map[kind]int{}, users: map[uint64]bool{}, lastAt: -1}
	pointers, err := r.scanner.list()
	if err != nil {
		return nil, Scan{}, err
	}
	g.many = !opts.AllStacks && len(pointers) > opts.SampleAbove
	tally, err := r.scanner.scan(g.take)
	if err != nil {
		return nil, tally, err
	}
	stacks := g.stacks()
	// Labels are left out where they cannot be read; that must not be why.
	if err := r.mem.Read(nil); err != nil {
		return nil, tally, err
	}
	s := goroutine.FromStacks(at, stacks)
	s.Failed = tally.Failed + g.tally.Torn
	if g.skipped > 0 {
		s.Sampled = g.read
	}
	return s, tally, nil
}

func (g *gatherer) take(batch []G) error {
	if cap(g.paths) < len(batch) {
		g.paths = make([]int32, max(len(batch), batchSize))
	}
	paths := g.paths[:len(batch)]
	tally, err := g.r.stacks.read(batch, g.wants, paths)
	if err != nil {
		return err
	}
	g.tally.Torn += tally.Torn
	g.tally.Deep += tally.Deep
	for i := range batch {
		if one := &batch[i]; !one.Dead() && g.isUser(one) {
			g.add(one, paths[i])
		}
	}
	return nil
}

func kindOf(one *G) kind {
	return kind{goPC: one.GoPC, startPC: one.StartPC, status: one.Status, reason: one.Reason, locked: one.Locked, labels: one.Labels}
}

// wants says whether a goroutine's stack is to be read.
func (g *gatherer) wants(one *G) bool {
	if !g.isUser(one) {
		return false
	}
	if g.many && !g.r.symbols.startsOthers(one.StartPC) {
		k := kindOf(one)
		k.labels = 0
		if g.sampled[k]++; g.sampled[k] > g.opts.Sample {
			g.skipped++
			return false
		}
	}
	g.read++
	return true
}

// isUser leaves out what a traceback leaves out: goroutines that the runtime
// started for itself, unless they are calling finalizers or cleanups just now.
func (g *gatherer) isUser(one *G) bool {
	user, ok := g.users[one.StartPC]
	if !ok {
		user = g.r.symbols.isUser(one.StartPC)
		g.users[one.StartPC] = user
	}
	if user {
		return true
	}
	switch g.r.symbols.function(one.StartPC) {
	case "runtime.runFinalizers", "runtime.runfinq":
		return g.r.reason(one) != "finalizer wait" && one.Status != statusRunnable
	case "runtime.runCleanups":
		return g.r.reason(one) != "cleanup wait" && one.Status != statusRunnable
	}
	return false
}

func (g *gatherer) add(one *G, path int32) {
	key := group{kindOf(one), path}
	at := g.lastAt
	if at < 0 || key != g.last {
		var ok bool
		if at, ok = g.groups[key]; !ok {
			at = len(g.order)
			g.groups[key] = at
			g.order = append(g.order, key)
			g.members = append(g.members, nil)
		}
		g.last, g.lastAt = key, at
	}
	g.members[at] = append(g.members[at], goroutine.Goroutine{ID: one.ID, Parent: one.Parent, Wait: g.minutes(one)})
}

// minutes is what a traceback would print: whole minutes since the first garbage
// collection after it began to wait.
func (g *gatherer) minutes(one *G) uint32 {
	if one.Since == 0 || g.now <= one.Since || one.Status != statusWaiting && one.Status != statusSyscall && one.Status != statusLeaked {
		return 0
	}
	return uint32((g.now - one.Since) / int64(time.Minute))
}

// stacks turns the groups into stacks; a group whose stacks were not read takes
// the most frequent one of its kind.
func (g *gatherer) stacks() []goroutine.Stack {
	likely := g.likely()
	labels := map[uint64]map[string]string{}
	out := make([]goroutine.Stack, 0, len(g.order))
	for i, key := range g.order {
		path := key.path
		if path == 0 {
			k := key.kind
			k.labels = 0
			path = likely[k]
		}
		raw := goroutine.Raw{Reason: g.r.words(key.status, key.reason), Locked: key.locked, Leaked: key.status == statusLeaked, Goroutines: g.members[i]}
		raw.Frames = g.frames(path, key.startPC)
		if key.goPC != 0 && !g.isMain(i) {
			raw.Created = g.r.symbols.created(key.goPC)
		}
		if _, ok := labels[key.labels]; !ok {
			labels[key.labels] = g.r.image.labels(g.r.mem, key.labels)
		}
		raw.Labels = labels[key.labels]
		out = append(out, g.shown(&raw, key.startPC))
	}
	return out
}

// shown is what a traceback shows. One that has not come to, or has left, what
// the compiler's wrapper calls has nothing but hidden calls, and is known by its entry.
func (g *gatherer) shown(raw *goroutine.Raw, startPC uint64) goroutine.Stack {
	st := raw.Stack()
	if len(st.Frames) > 0 {
		return st
	}
	if f := g.r.symbols.entry(startPC); f.Func != "" {
		raw.Frames = append(raw.Frames, f)
	}
	return raw.Stack()
}

// frames are those of a path and, where that does not reach it, the function the
// goroutine began in: what a goroutine is known by is at that end.
func (g *gatherer) frames(path int32, startPC uint64) []goroutine.Frame {
	u := g.r.stacks.unwinder
	var frames []goroutine.Frame
	if path != 0 {
		frames = g.r.symbols.stack(u, path)
	}
	if path == 0 || u.nodes[path].kind != callTop {
		if f := g.r.symbols.entry(startPC); f.Func != "" {
			frames = append(frames, f)
		}
	}
	return frames
}

// likely is the stack that most goroutines of a kind have, of those read.
func (g *gatherer) likely() map[kind]int32 {
	best, most := map[kind]int32{}, map[kind]int{}
	for i, key := range g.order {
		if key.path == 0 {
			continue
		}
		k := key.kind
		k.labels = 0
		if n := len(g.members[i]); n > most[k] {
			best[k], most[k] = key.path, n
		}
	}
	return best
}

// isMain: the runtime starts main's goroutine, and a traceback names no creator.
func (g *gatherer) isMain(i int) bool { return g.members[i][0].ID == 1 }

// words is the state of a goroutine in the runtime's words.
func (r *Reader) words(status uint32, reason uint8) string {
	switch status {
	case statusRunnable:
		return "runnable"
	case statusRunning:
		return "running"
	case statusSyscall:
		return "syscall"
	case statusCopystack:
		return "copystack"
	case statusPreempted:
		return "preempted"
	}
	if w := strings.TrimSpace(r.image.layout.reason(reason)); w != "" {
		return w
	}
	return "waiting"
}

func (r *Reader) reason(one *G) string { return r.words(one.Status, one.Reason) }
