package tail

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
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
	modelFirst = flag.Uint64("model.first", 1, "the first seed that TestModel runs")
	modelRuns  = flag.Uint64("model.runs", 25, "how many seeds TestModel runs")
	modelSteps = flag.Int("model.steps", 150, "how many steps a seed has")
)

// hardSeeds have found something once.
var hardSeeds = []uint64{182, 269, 322, 379, 416, 568, 671, 720, 723, 779, 1001, 1039, 1582, 3787, 4955}

// A writer, a rotator, somebody who packs and removes, and a reader that is
// paused and killed do what they do in random order. In the end every line that
// lies in a file, or did when the reader looked, has been read whole and in the
// order of writing except for late ones: by rename once, by copytruncate at
// least once.
func TestModel(t *testing.T) {
	t.Parallel()
	seeds := slices.Clone(hardSeeds)
	for i := range *modelRuns {
		seeds = append(seeds, *modelFirst+i)
	}
	if *modelSeed != 0 {
		seeds = []uint64{*modelSeed}
	}
	failed, alike, doubled := 0, 0, 0
	for _, seed := range seeds {
		m := runModel(t, seed)
		if !m.judge() {
			failed++
		}
		if m.header != "" {
			alike++
		}
		if m.doubled {
			doubled++
		}
		if failed == 20 {
			t.Fatal("and so on")
		}
	}
	t.Logf("%d seeds; in %d all segments begin alike, and in %d of these something was read twice", len(seeds), alike, doubled)
}

// model is one run.
type model struct {
	*place
	seed uint64
	rand *rand.Rand
	kind int
	old  bool // positions do not say when files were created
	log  *Log
	ops  []string

	header  string   // the first line of every file that the writer finds empty; not with copytruncate, which it does not see
	writer  *os.File // appends to the live file, or still to one that was renamed
	pending string   // the rest of a line that was written in part
	lateFor int      // writes until the writer sees that its file was renamed
	written []string // lines
	begins  []int64  // of each of them in all that was written, in bytes
	bytes   int64    // all that was written, and what is pending
	base    int64    // where the live file begins in it, with copytruncate
	gone    []span   // what was truncated and is in no copy
	anyLate bool
	rotated int
	expired int
	// mistaken says that a position without births named an empty segment that is
	// kept for late lines, and that its inode had been given to another one.
	mistaken bool

	doubled bool // lines were read twice that are in one file
	endless bool
	kept    []*os.File // removed ones whose inode must not be given again

	copying string // the copy that is being made
	packing string // the archive that is being written

	carry  []byte
	lines  []string
	opened int        // of lines, how many had been read when the log was opened
	holds  *rand.Rand // says how many lines are held back; nil: none
	states []state
}

// endless is the number of reads after which there is no end.
const endless = 1000

// state is a position, and how many lines had been read before it.
type state struct {
	pos   Position
	lines int
	late  []identity // of segments that were empty and kept for late lines, with their births
}

// span is a part of all that was written, in bytes.
type span struct {
	from, to int64
	copied   int // what was copied before it, when that was less than half
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

func runModel(t *testing.T, seed uint64) *model {
	dir := must(os.MkdirTemp(t.TempDir(), "model"))(t)
	m := &model{
		place: &place{t: t, dir: dir, path: filepath.Join(dir, "x.log"), clock: newClock()},
		rand:  rand.New(rand.NewPCG(seed, 1)), seed: seed,
	}
	m.kind, m.old = m.rand.IntN(kinds), m.rand.IntN(3) == 0
	if m.kind < copyNumbers && m.rand.IntN(3) == 0 {
		m.header = "#" + strings.Repeat("=", m.rand.IntN(2000))
	}
	m.reopen()
	if m.kind < copyNumbers && slices.Contains([]uint64{1, 2, 4}, seed%11) { // none of hardSeeds
		m.holds = rand.New(rand.NewPCG(seed, 2))
	}
	start := 0
	if seed%7 == 4 || seed%7 == 5 { // none of hardSeeds
		start = 1 + int(seed)%(*modelSteps)
		m.tick(m.path)
	}
	for i := range *modelSteps {
		if m.log == nil && i >= start {
			m.begin(start > 0)
		}
		m.step()
		m.now = m.now.Add(5 * time.Millisecond)
	}
	m.finish()
	ok(t, errors.Join(m.log.Close(), m.writer.Close()))
	for _, f := range m.kept {
		ok(t, f.Close())
	}
	return m
}

// begin opens the log, with all older segments when it is late. That it is one of
// copies is seen by one that is not packed.
func (m *model) begin(late bool) {
	if late {
		all := must(Siblings(m.path))(m.t)
		plain := func(s string) bool { _, archive := unpacked(s); return !archive }
		if m.kind >= copyNumbers && m.rotated > 0 && !slices.ContainsFunc(all, plain) {
			return
		}
	}
	l, err := Open(m.path, Start{Older: late}, m.options())
	if errors.Is(err, fs.ErrNotExist) {
		return // it is being rotated
	}
	ok(m.t, err)
	m.log = l
	m.note("begin, older %t: %s", late, m.files())
	m.save()
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
	switch n := m.rand.IntN(100); {
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
		m.readSome(endless)
	case n < 96:
		m.expire()
	}
}

// touched gives a file the time of the model.
func (m *model) touched(path string) { ok(m.t, os.Chtimes(path, m.now, m.now)) }

// put writes a file.
func (m *model) put(path string, b []byte) {
	ok(m.t, os.WriteFile(path, b, 0o644))
	m.touched(path)
}

// remove removes a file. Its inode is given again only when the file was not
// created just now: two files of one moment are told apart by no reader. Where
// positions say nothing of that moment it is given again at once.
func (m *model) remove(path string) {
	st := must(stat(path))(m.t)
	if st.id.born == 0 || !m.old && time.Now().UnixNano()-st.id.born < int64(50*time.Millisecond) {
		m.kept = append(m.kept, must(os.Open(path))(m.t))
	}
	ok(m.t, os.Remove(path))
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
		m.add(line)
		b.WriteString(line + "\n")
	}
	text := b.String()
	if m.rand.IntN(4) == 0 && n > 0 {
		cut := len(text) - 1 - m.rand.IntN(6)
		text, m.pending = text[:cut], text[cut:]
	}
	m.anyLate = m.anyLate || m.lateFor > 0
	m.send(text)
	m.note("write %d bytes, late %d, torn %d", len(text), m.lateFor, len(m.pending))
}

// add notes a line that will be written.
func (m *model) add(line string) {
	m.written, m.begins = append(m.written, line), append(m.begins, m.bytes)
	m.bytes += int64(len(line) + 1)
}

// send writes to the file that the writer has open, wherever that is now.
func (m *model) send(text string) {
	must(m.writer.WriteString(text))(m.t)
	info := must(m.writer.Stat())(m.t)
	for _, path := range append(must(Siblings(m.path))(m.t), m.path) {
		if other, err := os.Stat(path); err == nil && os.SameFile(info, other) {
			m.touched(path)
		}
	}
}

func (m *model) reopen() {
	if m.writer != nil {
		_ = m.writer.Close()
	}
	m.writer = must(os.OpenFile(m.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644))(m.t)
	if m.header != "" && must(m.writer.Stat())(m.t).Size() == 0 {
		m.add(m.header)
		m.send(m.header + "\n")
	}
}

// rotate makes one rotation, or the next step of one.
func (m *model) rotate() {
	if m.packing != "" || m.lateFor > 0 {
		return
	}
	if m.copying != "" {
		m.copyOn()
		return
	}
	to := m.room()
	if m.kind >= copyNumbers {
		b := must(os.ReadFile(m.path))(m.t)
		m.put(to, b[:m.rand.IntN(len(b)+1)])
		m.copying = to
		m.note("copy a part to %s", filepath.Base(to))
		if m.rand.IntN(2) == 0 {
			m.copyOn()
		}
		return
	}
	if m.header != "" {
		m.tick(m.path)
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
			m.put(m.path, nil)
		}
	}
}

// copyOn ends a copy and truncates what was copied. In between the writer may
// write what only a reader sees that is there.
func (m *model) copyOn() {
	b := must(os.ReadFile(m.path))(m.t)
	m.put(m.copying, b)
	if m.rand.IntN(3) == 0 {
		m.writeSome()
		m.readSome(m.rand.IntN(8))
	}
	size := must(os.Stat(m.path))(m.t).Size()
	ok(m.t, os.Truncate(m.path, 0))
	m.touched(m.path)
	m.note("copied %d bytes of %d to %s and truncated", len(b), size, filepath.Base(m.copying))
	m.copying = ""
	if int64(len(b)) < size {
		s := span{from: m.base + int64(len(b)), to: m.base + size}
		if 2*int64(len(b)) < size {
			s.copied = len(b)
		}
		m.gone = append(m.gone, s)
	}
	m.base += size
}

// expire removes the oldest file when every saved position is behind it.
func (m *model) expire() {
	all := must(Siblings(m.path))(m.t)
	if len(all) == 0 || m.log == nil || m.lateFor > 0 || m.copying != "" || m.packing != "" {
		return
	}
	l := must(Open(all[0], Start{}, m.options()))(m.t)
	text := m.read(l)
	ok(m.t, l.Close())
	if text != "" && (!strings.HasSuffix(text, "\n") || text == m.header+"\n") {
		return
	}
	for line := range strings.Lines(text) {
		for _, s := range m.states {
			if !slices.Contains(m.lines[:s.lines], strings.TrimSuffix(line, "\n")) {
				return
			}
		}
	}
	m.note("remove %s", filepath.Base(all[0]))
	m.remove(all[0])
	m.expired++
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
		info := must(os.Stat(plain))(m.t)
		m.put(m.packing, packedBytes(m.t, b, filepath.Ext(m.packing)))
		ok(m.t, os.Chtimes(m.packing, info.ModTime(), info.ModTime())) // as gzip and zstd do
		m.remove(plain)
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
	m.put(m.packing, b[:m.rand.IntN(len(b))])
	m.note("pack a part of %s", filepath.Base(plain))
	if m.rand.IntN(2) == 0 {
		m.packSome()
	}
}

// readSome reads as an owner does, and saves where it is.
func (m *model) readSome(times int) {
	if m.log == nil {
		return
	}
	for range times {
		buf := make([]byte, 1+m.rand.IntN(5000))
		n, err := m.log.Read(buf)
		m.note("read %d of %d: %#v %.20q", n, len(buf), err, buf[:n])
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
	m.endless = m.endless || times >= endless
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

// save keeps a place to go on from. Where lines are held back, as a decoder holds
// those of a record that goes on, that is before the first of them.
func (m *model) save() {
	held, back := 0, int64(len(m.carry))
	if m.holds != nil {
		held = m.holds.IntN(1 + min(9, len(m.lines)-m.opened))
		for _, line := range m.lines[len(m.lines)-held:] {
			back += int64(len(line) + 1)
		}
	}
	pos := throughJSON(m.t, m.log.Position(back))
	var late []identity
	for i := range pos.Late {
		if mark := &pos.Late[i]; mark.empty() {
			late = append(late, mark.id())
		}
	}
	if m.old {
		pos = withoutBirth(pos)
	}
	m.states = append(m.states, state{pos, len(m.lines) - held, late})
	m.states = m.states[max(0, len(m.states)-4):]
}

// restart goes back to one of the last saved positions, as a kill does.
func (m *model) restart() {
	if m.log == nil {
		return
	}
	i := m.rand.IntN(len(m.states))
	m.states = m.states[:i+1]
	s := m.states[i]
	_ = m.log.Close()
	m.note("restart at line %d of %d: %s", s.lines, len(m.lines), must(json.Marshal(s.pos))(m.t))
	m.lines, m.carry, m.opened = m.lines[:s.lines], nil, s.lines
	m.mistaken = m.mistaken || m.old && slices.ContainsFunc(s.late, m.givenAgain)
	l, err := Open(m.path, Start{Resume: &s.pos}, m.options())
	if err != nil {
		m.t.Fatalf("resume: %v after\n%s", err, strings.Join(m.ops[max(0, len(m.ops)-40):], "\n"))
	}
	m.log = l
}

// givenAgain says that another file has the inode of one that was removed.
func (m *model) givenAgain(id identity) bool {
	return slices.ContainsFunc(must(Siblings(m.path))(m.t), func(path string) bool {
		is := must(stat(path))(m.t).id
		return is.device == id.device && is.inode == id.inode && is.born != id.born
	})
}

// withoutBirth is a position as it was written before files' births were in it, and is where nobody knows them.
func withoutBirth(p Position) Position {
	p.Born = 0
	if p.Before != nil {
		p.Before.Born = 0
	}
	for i := range p.Late {
		p.Late[i].Born = 0
	}
	return p
}

// finish ends what is going on and reads everything.
func (m *model) finish() {
	for m.packing != "" {
		m.packSome()
	}
	if m.copying != "" {
		m.copyOn()
	}
	m.send(m.pending)
	m.pending = ""
	if m.lateFor > 0 {
		m.anyLate = true
		m.reopen()
	}
	for m.log == nil {
		if m.kind >= copyNumbers {
			m.rotate()
		}
		m.begin(true)
	}
	for range 20 {
		if m.endless {
			return
		}
		m.now = m.now.Add(time.Second)
		m.readSome(endless)
	}
}
