package recording

import "time"

// Thinning is how a long watch stays small. When more files of a kind are kept
// than its number here, files are removed from the middle: those whose place
// among all scrapes of their kind (0, 1, 2 …) is not a multiple of the stride.
// The stride is the smallest power of two that brings the kind to three
// quarters of its number. The first and last Whole of the watch are not
// touched, nor is the first file of a kind. What goes follows from the
// scrapes' order and times alone. The index keeps every line, so the series of
// totals stays whole. Births are never removed: each is told once.
type Thinning struct {
	// Whole is kept entire at each end of the watch.
	Whole time.Duration
	// Files is the number of files of a kind; 0 or absent is no bound.
	Files map[Kind]int
}

// DefaultThinning keeps two hours at one a second whole. A trend rests on at
// most 300 bins of the time, and 5,400 profiles leave each 18 of them. Dumps
// and traces are larger by two orders, and cohorts ask for few. What a process
// holds is asked for every five seconds, so two hours of it are kept whole too.
func DefaultThinning() Thinning {
	return Thinning{
		Whole: 10 * time.Minute,
		Files: map[Kind]int{Goroutine: 7200, Memory: 7200, Metrics: 7200, Stacks: 720, Leak: 240, Trace: 120, Process: 1440, Pprof: 120},
	}
}

// thinner knows the files that are kept, and no more: its size is bounded by the rule.
type thinner struct {
	rule Thinning
	// began is when the first scrape was taken.
	began time.Time
	kinds map[Kind]*keptFiles
}

type keptFiles struct {
	next  int // ordinal of the next file of the kind
	files []keptFile
	// patience keeps a bound that the two whole ends alone exceed from being
	// looked at on every scrape.
	patience int
}

type keptFile struct {
	ordinal, seq int
	time         time.Time
	file         string
}

func newThinner(rule Thinning) *thinner {
	return &thinner{rule: rule, kinds: map[Kind]*keptFiles{}}
}

func (t *thinner) add(e Entry) {
	if t.began.IsZero() {
		t.began = e.Time
	}
	if e.File == "" {
		return
	}
	k := t.kinds[e.Kind]
	if k == nil {
		k = &keptFiles{}
		t.kinds[e.Kind] = k
	}
	k.files = append(k.files, keptFile{k.next, e.Seq, e.Time, e.File})
	k.next++
	k.patience--
}

// due says what is to be removed now.
func (t *thinner) due(now time.Time) []keptFile {
	var gone []keptFile
	for _, kind := range []Kind{Goroutine, Stacks, Leak, Memory, Metrics, Trace, Process, Pprof} {
		k, most := t.kinds[kind], t.rule.Files[kind]
		if k == nil || most <= 0 || len(k.files) <= most || k.patience > 0 {
			continue
		}
		chosen := k.choose(most*3/4, t.began.Add(t.rule.Whole), now.Add(-t.rule.Whole))
		if len(chosen) == 0 {
			k.patience = most / 8
		}
		gone = append(gone, chosen...)
	}
	return gone
}

// choose picks the smallest stride that leaves at most goal files, or the
// largest that can be when the two ends alone hold more.
func (k *keptFiles) choose(goal int, from, to time.Time) []keptFile {
	for stride := 2; ; stride *= 2 {
		gone := k.offStride(stride, from, to)
		if len(k.files)-len(gone) <= goal || stride > k.next {
			return gone
		}
	}
}

func (k *keptFiles) offStride(stride int, from, to time.Time) []keptFile {
	var gone []keptFile
	for _, f := range k.files {
		if f.time.After(from) && f.time.Before(to) && f.ordinal%stride != 0 {
			gone = append(gone, f)
		}
	}
	return gone
}

func (t *thinner) forget(gone []keptFile) {
	seqs := make(map[int]bool, len(gone))
	for _, g := range gone {
		seqs[g.seq] = true
	}
	for _, k := range t.kinds {
		rest := k.files[:0]
		for _, f := range k.files {
			if !seqs[f.seq] {
				rest = append(rest, f)
			}
		}
		k.files = rest
	}
}
