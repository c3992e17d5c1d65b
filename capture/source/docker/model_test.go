package docker

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/tail"
)

var (
	modelSeed = flag.Uint64("model.seed", 0, "the one seed that TestModel runs; 0: all of them")
	modelRuns = flag.Uint64("model.runs", 400, "how many seeds TestModel runs")
)

// An engine's log of two streams, with times that go back between them, many
// lines of one nanosecond, fragments of lines that take long, and a reader that is
// cut, killed, and sent from the API to the file and back. Every line is read, in
// the order of its stream; only what was not acknowledged before a kill comes
// twice, and no line because of a cut.
func TestModel(t *testing.T) {
	t.Parallel()
	if *modelSeed != 0 {
		runModel(t, *modelSeed)
		return
	}
	for seed := uint64(1); seed <= *modelRuns && !t.Failed(); seed++ {
		runModel(t, seed)
	}
}

// model is one run.
type model struct {
	t    *testing.T
	seed uint64
	rand *rand.Rand
	ops  []string

	clock   int64
	steps   bool // the clock may be set back
	repeats bool // the engine gives lines again within one stream
	old     bool // it leaves out what is earlier than since also behind a line that is not
	stepped bool
	back    time.Duration // by how much in all
	since   int64         // what the engine was asked for
	log     []entry
	open    [3]int64 // time of the first fragment of a stream's line; 0: none
	numbers [3]int

	s        *Source
	cur      *cursor
	lines    *assembly
	doubts   repeats
	decoder  *entries // nil when the API is read
	feed     []entry  // what the engine gives, or the entries of the file
	at       int      // in feed
	live     int      // where the engine's answer went over to what was written later
	offsets  []int64  // of feed, in the file
	got      [3][]int
	batch    *record.Batch
	sent     []*place // not committed yet
	kept     json.RawMessage
	accepted [3]int   // so many of got were committed
	reach    [][3]int // and will have been with each of sent
}

func runModel(t *testing.T, seed uint64) {
	m := &model{t: t, seed: seed, rand: rand.New(rand.NewPCG(seed, 7)), clock: t0, cur: &cursor{tail: -1}}
	m.steps, m.old, m.repeats = m.rand.IntN(4) == 0, m.rand.IntN(2) == 0, m.rand.IntN(2) == 0
	e, err := engine.New(engine.Options{Host: "unix:///none"})
	if err != nil {
		t.Fatal(err)
	}
	m.s = &Source{opt: Options{Engine: e, MaxLine: 1 << 20, Now: time.Now, Wait: time.Hour}}
	m.begin()
	for range 300 {
		switch n := m.rand.IntN(100); {
		case n < 45:
			m.write()
		case n < 80:
			m.readSome(1 + m.rand.IntN(8))
		case n < 88:
			m.commit()
		case n < 94:
			m.note("cut")
			m.flush()
			m.reopen()
		case n < 96:
			m.kill()
		case n < 98:
			m.repeat()
		case m.steps:
			step := m.rand.Int64N(20e9)
			m.clock, m.back, m.stepped = m.clock-step, m.back+time.Duration(step), true
			m.note("clock back to %d", m.clock-t0)
			if m.old {
				m.reopen() // as the probe of a silent stream does; what is left out until then is lost
			}
		}
	}
	for s := 1; s <= 2; s++ {
		if m.open[s] != 0 {
			m.end(byte(s))
		}
	}
	m.readSome(1 << 30)
	m.reopen() // for what was left out because the clock had been set back
	m.readSome(1 << 30)
	m.judge()
}

func (m *model) note(format string, args ...any) { m.ops = append(m.ops, fmt.Sprintf(format, args...)) }

func (m *model) failed(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("seed %d: %s\n%s\nrun it alone: go test -run TestModel ./capture/source/docker -model.seed=%d",
		m.seed, fmt.Sprintf(format, args...), strings.Join(m.ops[max(0, len(m.ops)-100):], "\n"), m.seed)
}

// write lets the container write something.
func (m *model) write() {
	switch m.rand.IntN(8) {
	case 0: // nothing passes: the next line has the same nanosecond
	case 1:
		m.clock += m.rand.Int64N(20e9)
	default:
		m.clock += m.rand.Int64N(1e6)
	}
	s := byte(1 + m.rand.IntN(2))
	switch {
	case m.open[s] != 0 && m.rand.IntN(3) == 0:
		m.end(s)
	case m.open[s] != 0:
		more := "more "
		if m.repeats { // of lines that repeat themselves it cannot be told
			more = fmt.Sprintf("more%d ", len(m.log))
		}
		m.add(entry{s, m.open[s], more})
	case m.rand.IntN(6) == 0:
		m.open[s] = m.time(s)
		m.numbers[s]++
		m.add(entry{s, m.open[s], fmt.Sprintf("%d ", m.numbers[s])})
	default:
		m.numbers[s]++
		m.add(entry{s, m.time(s), fmt.Sprintf("%d\n", m.numbers[s])})
	}
}

// time is that of a line: of stderr sometimes a little earlier than a line of stdout before it.
func (m *model) time(s byte) int64 {
	t := m.clock
	if s == 2 {
		t -= m.rand.Int64N(5e5)
	}
	for i := len(m.log) - 1; i >= 0 && !m.stepped; i-- {
		if m.log[i].stream == s {
			return max(t, m.log[i].time) // within a stream it goes back only with the clock
		}
	}
	return t
}

func (m *model) end(s byte) {
	m.add(entry{s, m.open[s], "end\n"})
	m.open[s] = 0
}

func (m *model) add(e entry) {
	m.log = append(m.log, e)
	m.note("write %d %d %q", e.stream, e.time-t0, e.text)
	if m.decoder != nil {
		m.feedFile(e)
	} else if e.time >= m.since || len(m.feed) > 0 && !m.old {
		m.feed = append(m.feed, e)
	}
}

// begin opens the log in one of the two ways, as a new process does.
func (m *model) begin() {
	m.sent, m.reach = nil, nil
	if m.rand.IntN(2) == 0 {
		m.note("read the API")
		m.decoder, m.lines, m.doubts = nil, newAssembly(m.s, m.cur), repeats{}
		m.reopen()
		return
	}
	m.note("read the file")
	m.decoder = newEntries(m.s, m.cur)
	m.lines = m.decoder.assembly
	m.feed, m.offsets, m.at = nil, []int64{0}, 0
	for _, e := range m.log {
		m.feedFile(e)
	}
	if at := m.cur.file(); at != nil {
		for m.offsets[m.at] < at.Offset {
			m.at++
		}
		m.decoder.used = at.Offset
	}
}

func (m *model) feedFile(e entry) {
	m.feed = append(m.feed, e)
	m.offsets = append(m.offsets, m.offsets[len(m.offsets)-1]+int64(len(fileLine(e))))
}

func fileLine(e entry) string {
	text, _ := json.Marshal(e.text) // a string always has a form
	return fmt.Sprintf(`{"log":%s,"stream":%q,"time":%q}`+"\n", text, record.Stream(e.stream).String(), time.Unix(0, e.time).UTC().Format(time.RFC3339Nano))
}

// reopen asks the engine, which gives what is not earlier than since.
func (m *model) reopen() {
	if m.decoder != nil {
		return // a file cannot be cut
	}
	since, known := m.cur.resume(m.clock, m.back)
	if d := m.doubts.settled; d.time > 0 {
		since = min(since, d.time)
	}
	m.since = since
	m.lines.resume(known)
	m.feed, m.at = nil, 0
	for _, e := range m.log {
		if e.time >= since || len(m.feed) > 0 && !m.old {
			m.feed = append(m.feed, e)
		}
	}
	m.live = len(m.feed)
	m.note("ask since %d: %d of %d, known %+v", since-t0, len(m.feed), len(m.log), known)
}

// repeat has the engine give again what it gave last, as it does with the beginning of a file that it
// begins while it is followed.
func (m *model) repeat() {
	if !m.repeats || m.decoder != nil || m.at <= m.live {
		return
	}
	from := max(m.live, m.at-1-m.rand.IntN(6))
	m.note("repeat %d lines", m.at-from)
	m.feed = slices.Insert(m.feed, m.at, m.feed[from:m.at]...)
}

func (m *model) readSome(n int) {
	for ; n > 0 && m.at < len(m.feed); n-- {
		if m.batch == nil {
			m.batch = (&record.Pool{}).Get(&record.Origin{}, 100)
		}
		e := m.feed[m.at]
		m.at++
		b := m.batch
		at := len(b.Buf)
		if m.decoder != nil {
			b.Buf = append(b.Buf, fileLine(e)...)
			m.decoder.Decode(b, at, 0, false)
		} else {
			if m.lines.known(record.Stream(e.stream), e.time) {
				continue
			}
			b.Buf = append(b.Buf, e.text...)
			if m.doubts.suspect(record.Stream(e.stream), e.time, m.lines.read.of[e.stream-1].Time, b.Buf[at:]) {
				m.note("suspect %d %d %q", e.stream, e.time-t0, e.text)
				b.Buf = b.Buf[:at]
				m.flush()
				m.reopen()
				continue
			}
			used, whole := m.lines.take(b, record.Stream(e.stream), e.time, b.Buf[at:], at)
			if !used {
				b.Buf = b.Buf[:at]
			}
			if whole {
				m.lines.emit(b, record.Stream(e.stream), 0)
			}
		}
		if m.rand.IntN(3) == 0 {
			m.flush()
		}
	}
	m.flush()
}

// flush sends the batch.
func (m *model) flush() {
	b := m.batch
	if b == nil {
		return
	}
	m.batch = nil
	for i := range b.Records {
		var n int
		var rest string
		text := string(b.Message(i))
		fmt.Sscanf(text, "%d %s", &n, &rest)
		s := b.Records[i].Stream
		if n == 0 || strings.Contains(text, " ") && !strings.HasSuffix(text, "end") {
			m.failed("record %q", text)
		}
		m.note("got %d: %d", s, n)
		m.got[s] = append(m.got[s], n)
	}
	var p record.Position
	if m.decoder != nil {
		p = m.decoder.positionAt(tail.Position{Mark: tail.Mark{Offset: m.offsets[m.at] - m.decoder.Pending()}})
	} else {
		p = m.lines.position()
	}
	m.sent = append(m.sent, p.(*place))
	m.reach = append(m.reach, [3]int{0, len(m.got[1]), len(m.got[2])})
}

// commit acknowledges some of what was sent, and keeps it.
func (m *model) commit() {
	n := m.rand.IntN(len(m.sent) + 1)
	for i := range n {
		m.sent[i].Commit()
		m.accepted = m.reach[i]
	}
	m.sent, m.reach = m.sent[n:], m.reach[n:]
	if text, err := m.cur.keep(); err != nil {
		m.t.Fatal(err)
	} else if text != nil {
		m.kept = text
	}
	m.note("commit up to %v", m.accepted)
}

// kill goes back to what was kept, as a restart after kill -9 does.
func (m *model) kill() {
	m.note("kill, kept %s", m.kept)
	m.batch = nil
	m.cur = &cursor{tail: -1}
	if m.kept != nil {
		var err error
		if m.cur, err = restore(m.kept); err != nil {
			m.t.Fatal(err)
		}
	}
	for s := range m.got {
		m.got[s] = m.got[s][:m.accepted[s]] // the others may come twice
	}
	m.begin()
}

// judge counts what was read.
func (m *model) judge() {
	for s := 1; s <= 2; s++ {
		seen := map[int]int{}
		for i, n := range m.got[s] {
			seen[n]++
			if i > 0 && n != m.got[s][i-1]+1 {
				m.failed("stream %d: %d after %d", s, n, m.got[s][i-1])
			}
		}
		for n := 1; n <= m.numbers[s]; n++ {
			if seen[n] == 0 {
				m.failed("stream %d: %d of %d is lost", s, n, m.numbers[s])
			}
			if seen[n] > 1 {
				m.failed("stream %d: %d came %d times", s, n, seen[n])
			}
		}
	}
}
