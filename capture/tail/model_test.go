package tail

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	modelSeed  = flag.Uint64("model.seed", 0, "the one seed that TestModel runs; 0: all of them")
	modelRuns  = flag.Uint64("model.runs", 100, "how many seeds TestModel runs")
	modelHard  = flag.Bool("model.hard", false, "copytruncate without mercy: unread, torn and restarted in the middle of it; some seeds lose lines, see ARCHITECTURE.md")
	modelSteps = flag.Int("model.steps", 150, "how many steps a seed has")
)

// A writer, a rotator, somebody who packs, and a reader that is paused and
// killed do what they do in random order. In the end every line has been read
// whole and once, in the order of writing except for late ones.
func TestModel(t *testing.T) {
	t.Parallel()
	if *modelSeed != 0 {
		runModel(t, *modelSeed, true)
		return
	}
	for seed := uint64(1); seed <= *modelRuns && !t.Failed(); seed++ {
		runModel(t, seed, false)
	}
}

// model is one run.
type model struct {
	*place
	rand *rand.Rand
	kind int
	log  *Log
	ops  []string

	writer  *os.File // appends to the live file, or still to one that was renamed
	pending string   // the rest of a line that was written in part
	lateFor int      // writes until the writer sees that its file was renamed
	written []string // lines
	anyLate bool
	rotated int

	copying string // the copy that is being made
	packing string // the archive that is being written

	carry  []byte
	lines  []string
	states []state
}

// state is a position, and how many lines had been read before it.
type state struct {
	pos   Position
	lines int
}

// The kinds of rotation.
const (
	renameNumbers = iota
	renameDates
	renameInside
	copyNumbers
	copyDates
	kinds
)

func runModel(t *testing.T, seed uint64, verbose bool) {
	dir := must(os.MkdirTemp(t.TempDir(), "model"))(t)
	m := &model{
		place: &place{t: t, dir: dir, path: filepath.Join(dir, "x.log"), clock: newClock()},
		rand:  rand.New(rand.NewPCG(seed, 1)),
	}
	m.kind = m.rand.IntN(kinds)
	m.reopen()
	m.log = must(Open(m.path, Start{}, m.options()))(t)
	m.save()
	failed := func(format string, args ...any) {
		t.Helper()
		t.Errorf("seed %d, kind %d, %s: %s\n%s\nrun it alone: go test -run TestModel ./capture/tail -model.seed=%d",
			seed, m.kind, m.files(), fmt.Sprintf(format, args...), strings.Join(m.ops[max(0, len(m.ops)-60):], "\n"), seed)
	}
	for range *modelSteps {
		m.step()
		m.now = m.now.Add(5 * time.Millisecond)
	}
	m.finish()
	_ = m.log.Close()
	_ = m.writer.Close()
	if verbose {
		t.Log(strings.Join(m.ops, "\n"))
	}
	if len(m.carry) > 0 {
		failed("a line without end is left: %q", m.carry)
	}
	got, want := slices.Clone(m.lines), slices.Clone(m.written)
	if m.anyLate {
		slices.Sort(got)
		slices.Sort(want)
	}
	if m.kind >= copyNumbers {
		// What cannot be told apart is read twice: a copy shorter than the beginning that is remembered.
		for _, line := range want {
			if !slices.Contains(got, line) {
				failed("%.40q is lost; %d of %d were read", line, len(got), len(want))
				break
			}
		}
		ok(t, os.RemoveAll(dir))
		return
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			failed("line %d of %d, %d were read: want %.40q, got %.40q", i, len(want), len(got), at(want, i), at(got, i))
			break
		}
	}
	if s := m.log.Stats(); s.Gaps+s.Damaged > 0 {
		failed("stats %+v", s)
	}
	ok(t, os.RemoveAll(dir))
}

func at(s []string, i int) string {
	if i < len(s) {
		return s[i]
	}
	return "nothing"
}

func (m *model) note(format string, args ...any) {
	m.ops = append(m.ops, fmt.Sprintf(format, args...))
}

func (m *model) step() {
	gentle := m.kind >= copyNumbers && !*modelHard
	switch n := m.rand.IntN(100); {
	case gentle && n >= 80 && n < 92:
	case n < 40:
		m.writeSome()
	case n < 70:
		m.readSome(1 + m.rand.IntN(4))
	case n < 80:
		m.rotate()
	case n < 86:
		m.packSome()
	case n < 92:
		m.restart()
	case n < 94:
		m.readSome(1000)
	}
}

// writeSome writes lines; now and then the end of the last one comes with the next write.
func (m *model) writeSome() {
	if m.lateFor == 1 && m.pending == "" { // a writer reopens its file between two lines
		m.reopen()
	}
	if m.lateFor > 1 || m.pending == "" {
		m.lateFor = max(0, m.lateFor-1)
	}
	n := 1 + m.rand.IntN(3)
	if m.rand.IntN(8) == 0 {
		n = m.rand.IntN(300)
	}
	var b strings.Builder
	b.WriteString(m.pending)
	m.pending = ""
	for range n {
		line := fmt.Sprintf("%06d %s", len(m.written), strings.Repeat("x", m.rand.IntN(60)))
		m.written = append(m.written, line)
		b.WriteString(line + "\n")
	}
	text := b.String()
	if m.rand.IntN(4) == 0 && n > 0 {
		cut := len(text) - 1 - m.rand.IntN(6)
		text, m.pending = text[:cut], text[cut:]
	}
	m.anyLate = m.anyLate || m.lateFor > 0
	must(m.writer.WriteString(text))(m.t)
	m.note("write %d bytes, late %d, torn %d", len(text), m.lateFor, len(m.pending))
}

func (m *model) reopen() {
	if m.writer != nil {
		_ = m.writer.Close()
	}
	m.writer = must(os.OpenFile(m.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644))(m.t)
}

// rotate makes one rotation, or the next step of one.
func (m *model) rotate() {
	if m.packing != "" || m.lateFor > 0 || m.kind >= copyNumbers && !*modelHard && m.pending != "" {
		return
	}
	if m.copying != "" {
		m.copyOn()
		return
	}
	to := m.room()
	if m.kind >= copyNumbers {
		if !*modelHard {
			m.catchUp()
		}
		b := must(os.ReadFile(m.path))(m.t)
		ok(m.t, os.WriteFile(to, b[:m.rand.IntN(len(b)+1)], 0o644))
		m.copying = to
		m.note("copy a part to %s", filepath.Base(to))
		if m.rand.IntN(2) == 0 {
			m.copyOn()
		}
		return
	}
	ok(m.t, os.Rename(m.path, to))
	m.lateFor = m.rand.IntN(4)
	m.note("rename to %s, late %d", filepath.Base(to), m.lateFor)
	switch {
	case m.lateFor == 0 && m.pending == "":
		m.reopen()
	case m.lateFor == 0:
		m.lateFor = 1
		fallthrough
	default:
		if m.rand.IntN(2) == 0 { // as logrotate's create does
			ok(m.t, os.WriteFile(m.path, nil, 0o644))
		}
	}
}

// catchUp reads everything, as a reader does that is there between two truncations.
func (m *model) catchUp() {
	for range 3 {
		m.readSome(10_000)
		m.now = m.now.Add(3 * time.Second)
	}
	m.save()
}

// copyOn ends a copy and truncates what was copied. In between the writer may
// write what only a reader sees that is there.
func (m *model) copyOn() {
	b := must(os.ReadFile(m.path))(m.t)
	ok(m.t, os.WriteFile(m.copying, b, 0o644))
	if m.rand.IntN(3) == 0 && *modelHard {
		m.writeSome()
		m.readSome(10_000)
		m.save()
	}
	ok(m.t, os.Truncate(m.path, 0))
	m.note("copied %d bytes to %s and truncated", len(b), filepath.Base(m.copying))
	m.copying = ""
}

// room is the name of the next older segment; the others make room for it.
func (m *model) room() string {
	m.rotated++
	stamp := time.Date(2026, 11, 24, 8, 0, m.rotated, 0, time.UTC)
	switch m.kind {
	case renameDates:
		return m.in("x.log-" + stamp.Format("20060102-150405"))
	case copyDates:
		return m.in("x-" + stamp.Format("2006-01-02T15-04-05.000") + ".log")
	}
	name := func(n int) string {
		if m.kind == renameInside {
			return m.in(fmt.Sprintf("x.%d.log", n))
		}
		return m.in(fmt.Sprintf("x.log.%d", n))
	}
	for n := m.rotated; n > 0; n-- {
		for _, ending := range []string{"", ".gz", ".zst"} {
			_ = os.Rename(name(n)+ending, name(n+1)+ending)
		}
	}
	return name(1)
}

// packSome compresses an older segment, mostly in two steps.
func (m *model) packSome() {
	if m.lateFor > 0 || m.copying != "" {
		return
	}
	if m.packing != "" {
		plain, _ := unpacked(m.packing)
		b := must(os.ReadFile(plain))(m.t)
		ok(m.t, os.WriteFile(m.packing, packedBytes(m.t, b, filepath.Ext(m.packing)), 0o644))
		ok(m.t, os.Remove(plain))
		m.note("pack %s", filepath.Base(m.packing))
		m.packing = ""
		return
	}
	all := must(Siblings(m.path))(m.t)
	all = slices.DeleteFunc(all, func(s string) bool { _, archive := unpacked(s); return archive })
	if len(all) == 0 {
		return
	}
	plain := all[m.rand.IntN(len(all))]
	ending := []string{".gz", ".zst"}[m.rand.IntN(2)]
	b := packedBytes(m.t, must(os.ReadFile(plain))(m.t), ending)
	m.packing = plain + ending
	ok(m.t, os.WriteFile(m.packing, b[:m.rand.IntN(len(b))], 0o644))
	m.note("pack a part of %s", filepath.Base(plain))
	if m.rand.IntN(2) == 0 {
		m.packSome()
	}
}

// readSome reads as an owner does, and saves where it is.
func (m *model) readSome(times int) {
	for range times {
		buf := make([]byte, 1+m.rand.IntN(5000))
		n, err := m.log.Read(buf)
		m.note("read %d of %d: %v", n, len(buf), err)
		var end SegmentEnd
		switch {
		case n > 0:
			m.take(buf[:n])
		case errors.As(err, &end):
			if !end.Continues && len(m.carry) > 0 {
				m.lines, m.carry = append(m.lines, string(m.carry)+" torn"), nil
			}
		case err == io.EOF:
			return
		default:
			m.t.Fatalf("read: %v after\n%s", err, strings.Join(m.ops[max(0, len(m.ops)-40):], "\n"))
		}
		if m.rand.IntN(3) == 0 {
			m.save()
		}
	}
}

func (m *model) take(b []byte) {
	m.carry = append(m.carry, b...)
	for {
		i := bytes.IndexByte(m.carry, '\n')
		if i < 0 {
			return
		}
		m.lines = append(m.lines, string(m.carry[:i]))
		m.carry = m.carry[i+1:]
	}
}

func (m *model) save() {
	m.states = append(m.states, state{throughJSON(m.t, m.log.Position(int64(len(m.carry)))), len(m.lines)})
	m.states = m.states[max(0, len(m.states)-4):]
}

// restart goes back to one of the last saved positions, as a kill does.
func (m *model) restart() {
	i := m.rand.IntN(len(m.states))
	m.states = m.states[:i+1]
	s := m.states[i]
	_ = m.log.Close()
	m.note("restart at line %d of %d: %+v", s.lines, len(m.lines), s.pos.Mark)
	m.lines, m.carry = m.lines[:s.lines], nil
	l, err := Open(m.path, Start{Resume: &s.pos}, m.options())
	if err != nil {
		m.t.Fatalf("resume: %v after\n%s", err, strings.Join(m.ops[max(0, len(m.ops)-40):], "\n"))
	}
	m.log = l
}

// finish ends what is going on and reads everything.
func (m *model) finish() {
	for m.packing != "" {
		m.packSome()
	}
	if m.copying != "" {
		m.copyOn()
	}
	must(m.writer.WriteString(m.pending))(m.t)
	m.pending = ""
	if m.lateFor > 0 {
		m.anyLate = true
		m.reopen()
	}
	for range 20 {
		m.now = m.now.Add(time.Second)
		m.readSome(100_000)
	}
}
