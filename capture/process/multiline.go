package process

import (
	"math"
	"slices"

	"github.com/logcap/logcap/capture/record"
)

// MultilineOptions say which lines are one event: Names, Start or Continue, one of them.
type MultilineOptions struct {
	Names    []string // kinds of stack traces, of Languages
	Start    string   // a regular expression: a line that matches begins an event
	Continue string   // a regular expression: a line that matches belongs to the one before

	MaxBytes int // of an event's text; 0: 1 MiB
	MaxLines int // of an event; 0: 1000
}

// Multiline joins the lines of one event. What it decides depends on the lines
// of a stream and their order alone, not on how they came in batches; but
// for Flush, which ends an event that does not grow.
//
// Lines of stdout and stderr are never joined to each other. An event goes on when
// it is complete, with the time of its first line: behind records of the other stream that
// came meanwhile, and never behind later ones of its own.
type Multiline struct {
	opt    MultilineOptions
	rules  []rule
	pool   *record.Pool
	origin *record.Origin // of the last batch
	groups [3]group       // by stream
	seq    uint64         // of the last batch
	now    int64          // of the last Process
	places []place        // positions that may not be told yet, in order
	stats  Stats
}

// place is the position of a batch.
type place struct {
	seq uint64
	pos record.Position
}

// longest is how long an event may be held that goes on growing, in ns.
const longest = 60e9

// NewMultiline checks opt; the error says what is wrong with a pattern.
func NewMultiline(opt MultilineOptions) (Factory, error) {
	if opt.MaxBytes <= 0 {
		opt.MaxBytes = 1 << 20
	}
	if opt.MaxLines <= 0 {
		opt.MaxLines = 1000
	}
	rules, err := rulesOf(opt)
	if err != nil {
		return nil, err
	}
	return func(pool *record.Pool) Stage {
		return &Multiline{opt: opt, rules: rules, pool: pool}
	}, nil
}

// Process implements Stage.
func (m *Multiline) Process(b *record.Batch, now int64) *record.Batch {
	m.seq++
	m.now, m.origin = now, b.Origin
	if b.Position != nil {
		m.places = append(m.places, place{m.seq, b.Position})
	}
	n, held := len(b.Records), m.held()
	m.stats.In += uint64(n)
	if held > 0 { // so that what goes out never overtakes what is read
		b.Records = slices.Grow(b.Records, held)[:n+held]
		copy(b.Records[held:], b.Records[:n])
	}
	in, out := b.Records[held:], b.Records[:0]
	for i := range in {
		r := in[i]
		g := &m.groups[r.Stream%3]
		if len(g.lines) == 0 {
			if _, state := m.begin(b.Buf[r.Message.Start:r.Message.End], 0); state == 0 { // nearly every line
				out = append(out, r)
				continue
			}
			g.began = now
		}
		g.last = now
		g.lines = append(g.lines, line{Record: r, seq: m.seq})
		out = m.judge(b, out, g)
	}
	b.Records = out
	m.stats.Out += uint64(len(out))
	for i := range m.groups {
		m.groups[i].carry(b)
	}
	b.Position = m.safe()
	return b
}

// Flush implements Stage.
func (m *Multiline) Flush(before int64) *record.Batch {
	var b *record.Batch
	for i := range m.groups {
		g := &m.groups[i]
		if len(g.lines) == 0 || g.last >= before && g.began >= before-longest {
			continue
		}
		if b == nil {
			b = m.pool.Get(m.origin, len(g.text))
		}
		out := b.Records
		for len(g.lines) > 0 {
			out = m.judge(b, m.end(b, out, g), g)
		}
		b.Records = out
		g.carry(b)
	}
	if b != nil {
		m.stats.Out += uint64(len(b.Records))
		b.Position = m.safe()
	}
	return b
}

// Stats implements Stage.
func (m *Multiline) Stats() Stats { return m.stats }

// held is how many lines wait.
func (m *Multiline) held() int {
	n := 0
	for i := range m.groups {
		n += len(m.groups[i].lines)
	}
	return n
}

// safe is the newest position before everything that is held; nil when it has been told.
func (m *Multiline) safe() record.Position {
	oldest := uint64(math.MaxUint64)
	for i := range m.groups {
		if lines := m.groups[i].lines; len(lines) > 0 {
			oldest = min(oldest, lines[0].seq)
		}
	}
	var pos record.Position
	n := 0
	for n < len(m.places) && m.places[n].seq < oldest {
		pos = m.places[n].pos
		n++
	}
	m.places = slices.Delete(m.places, 0, n)
	return pos
}

// begin finds the first rule, from the given one on, by which an event begins
// with this line; state 0: none.
func (m *Multiline) begin(text []byte, from int) (int, state) {
	for i := from; i < len(m.rules); i++ {
		if s := m.rules[i].begins(text); s != 0 {
			return i, s
		}
	}
	return 0, 0
}
