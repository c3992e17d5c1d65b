package goroutine

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

// cutSize is where net/http/pprof cuts debug=2, without a mark: its largest
// buffer (runtime/pprof.writeGoroutineStacks).
const cutSize = 64 << 20

// ReadDump reads debug=2, and the same text as a crash or SIGQUIT prints it:
// with runtime frames, between other log lines, and with what a container
// runtime writes before each line. A goroutine that cannot be read is skipped
// with a warning. Of several dumps in one log the largest is kept.
func ReadDump(r io.Reader) (*Snapshot, error) {
	d := &dumpReader{in: newLines(r), names: newNames()}
	d.start()
	if err := d.read(); err != nil {
		return nil, err
	}
	d.end()
	if d.best == nil {
		if d.in.given == 0 {
			return nil, errEmpty()
		}
		return nil, errNotAProfile(d.head)
	}
	return d.best, nil
}

// dumpReader walks the lines of a log and gathers dumps out of it.
type dumpReader struct {
	in   *lines
	s    *Snapshot
	b    *builder
	trie *trie
	best *Snapshot
	open bool
	blk  block
	// foreign says that a line that belongs to no dump was seen since the last goroutine.
	foreign bool
	// mixed says that there was any such line at all.
	mixed bool
	// prefix is what stood before the last header.
	prefix []byte
	// elsewhere are goroutines whose stack another thread had when they were first listed.
	elsewhere map[uint64]block
	names     *names
	head      []byte
	first     int // line of the dump's first header
}

func (d *dumpReader) start() {
	d.s = &Snapshot{Form: Debug2, Profile: goroutineProfile}
	d.b = newBuilder(d.s)
	d.trie = newTrie()
	d.elsewhere = nil
	d.first = 0
}

func (d *dumpReader) read() error {
	for {
		if !d.open && !d.foreign && len(d.elsewhere) == 0 {
			d.known()
		}
		line, err := d.in.next()
		if errors.Is(err, io.ErrUnexpectedEOF) && len(d.s.Stacks) > 0 {
			d.truncated("the compressed input ends too early; a goroutine it ends in is skipped", nil)
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(d.head) == 0 && len(bytes.TrimSpace(line)) > 0 {
			d.head = bytes.Clone(line[:min(len(line), sniffLen)])
		}
		if err != nil || d.in.cut && d.cutShort(line) {
			d.last()
			return nil
		}
		d.line(line)
	}
}

// known counts goroutines on known stacks for as long as they come.
func (d *dumpReader) known() {
	in, m := d.in, match{}
	for {
		switch d.trie.match(in.buf[in.pos:in.end], &m) {
		case miss:
			return
		case more:
			if !in.fill() {
				return
			}
		case hit:
			in.advance(m.bytes)
			in.line += m.lines
			d.prefix = d.prefix[:0]
			switch {
			case m.stack == skip:
				continue
			case m.kin == nil:
				d.s.Stacks[m.stack].Count++
			default:
				d.adopt(&m)
			}
			d.b.records.append(record{id: m.id, parent: m.parent, wait: m.wait, stack: uint32(m.stack)})
		}
	}
}

// adopt counts a goroutine whose lines are those of a known stack and whose
// header says something else, and makes it known.
func (d *dumpReader) adopt(m *match) {
	st := d.s.Stacks[m.stack]
	st.State, st.Leaked, st.Locked, st.Labels = named(m.tail.state, st.Frames), m.tail.leaked, m.tail.locked, m.tail.labels
	st.Count = 1
	m.stack = d.b.add(&st)
	m.kin.ends(m.tail.kind, m.stack)
	if st.Leaked {
		d.s.Profile = leakProfile
	}
}

// cutShort deals with a last line that has no end: inside a goroutine it means
// that the dump is cut, unless it is the very last thing a goroutine prints.
func (d *dumpReader) cutShort(line []byte) bool {
	if !d.open {
		// The dump stood alone so far, so this was to be the next header.
		if !d.mixed && len(d.s.Stacks) > 0 {
			d.truncated("the input ends in the middle of a line: ", line)
		}
		return false
	}
	if inner, ok := d.inner(line); ok && len(d.blk.prefix) > 0 && len(bytes.TrimSpace(inner)) == 0 {
		return false // nothing but what stands before each line
	}
	if d.blk.isCreated && d.blk.pending != "" && bytes.Contains(line, []byte(" +0x")) && d.in.given != cutSize {
		return false
	}
	d.truncated("the input ends in the middle of a goroutine, which is skipped: ", line)
	return true
}

func (d *dumpReader) truncated(why string, line []byte) {
	d.s.Truncated = true
	if line != nil {
		why += printable(line, 80)
	}
	d.s.warn(d.in.line, why)
	d.open = false
}

// last closes the goroutine that the end of the input leaves open.
func (d *dumpReader) last() {
	if !d.open {
		return
	}
	empty := len(d.blk.frames) == 0 && d.blk.created.Func == "" && !d.blk.unavailable
	switch {
	case d.blk.pending != "" || empty:
		d.truncated("the input ends in the middle of a goroutine, which is skipped: ", []byte(headerStart+strconv.FormatUint(d.blk.id, 10)))
	case d.in.given == cutSize && d.blk.created.Func == "":
		d.truncated("the input ends where net/http/pprof cuts, maybe in the middle of a goroutine, which is skipped: ", []byte(headerStart+strconv.FormatUint(d.blk.id, 10)))
	default:
		d.close()
	}
}

func (d *dumpReader) line(line []byte) {
	if d.open {
		inner, ok := d.inner(line)
		if ok && len(bytes.TrimSpace(inner)) == 0 {
			d.close()
			return
		}
		if ok && !bytes.HasPrefix(inner, []byte(headerStart)) {
			if !d.blk.take(d.in.line, inner) {
				d.mixed = true
			}
			return
		}
	}
	if prefix, h, ok := findHeader(line); ok {
		d.header(line, prefix, h)
		return
	}
	if d.open || len(bytes.TrimSpace(line)) == 0 {
		return // another writer's line in the middle of a goroutine
	}
	d.mixed = true
	if rest, ok := cutPrefix(line, d.prefix); !ok || !isCrashLine(rest) {
		d.foreign = true
	}
}

// inner is a line of the open goroutine without the prefix of its header. A
// header that only ends a log message has a prefix that no other line has.
func (d *dumpReader) inner(line []byte) ([]byte, bool) {
	rest, ok := cutPrefix(line, d.blk.prefix)
	if !ok && d.blk.lines == 0 && len(d.blk.prefix) > 0 {
		d.blk.prefix = nil
		return line, true
	}
	return rest, ok
}

func (d *dumpReader) header(line, prefix []byte, h header) {
	if d.open {
		d.close()
	}
	if d.foreign && h.state == "running" && len(d.s.Stacks) > 0 {
		d.end()
		d.start()
	}
	d.foreign = false
	d.prefix = append(d.prefix[:0], prefix...)
	if len(prefix) > 0 {
		d.mixed = true
	}
	if d.first == 0 {
		d.first = d.in.line
	}
	d.open = true
	d.blk = block{header: h, line: d.in.line, prefix: d.prefix, names: d.names}
	if len(prefix) == 0 {
		_, tail, _ := cutHeaderID(line)
		d.blk.plain, d.blk.tail = true, bytes.Clone(tail)
	}
}

// close counts the goroutine that has just been read.
func (d *dumpReader) close() {
	d.open = false
	blk := d.blk
	if blk.pending != "" {
		blk.fail(blk.pendingLine, "a function without file and line", []byte(blk.pending))
	}
	if blk.broken != "" {
		d.s.warn(blk.brokenLine, "goroutine "+strconv.FormatUint(blk.id, 10)+" is skipped: "+blk.broken)
		return
	}
	if blk.unavailable {
		if d.elsewhere == nil {
			d.elsewhere = map[uint64]block{}
		}
		d.elsewhere[blk.id] = blk
		return
	}
	delete(d.elsewhere, blk.id)
	at := d.count(&blk)
	if blk.plain && blk.id != 0 {
		d.trie.learn(blk.tail, blk.raw, at)
	}
}

// count adds a goroutine and tells the index of its stack.
func (d *dumpReader) count(blk *block) int {
	st, ok := blk.stack()
	if !ok {
		return skip
	}
	at := d.b.add(&st)
	d.b.records.append(record{id: blk.id, parent: blk.parent, wait: blk.wait, stack: uint32(at)})
	if st.Leaked {
		d.s.Profile = leakProfile
	}
	return at
}

// end finishes a dump and keeps it when it is the largest so far.
func (d *dumpReader) end() {
	for _, blk := range sortedBlocks(d.elsewhere) {
		d.count(&blk)
	}
	d.b.finish()
	if d.mixed {
		d.s.Form = Crash
	}
	if d.in.given == cutSize {
		d.s.Truncated = true
	}
	if len(d.s.Stacks) == 0 && len(d.s.Warnings) == 0 {
		return
	}
	smaller, line := d.s, d.first
	if d.best == nil || d.s.Total > d.best.Total {
		smaller, d.best = d.best, d.s
	}
	if smaller != nil {
		d.best.warn(line, "the input holds more than one dump; the largest is used, one of "+strconv.Itoa(smaller.Total)+" goroutines is not")
	}
}
