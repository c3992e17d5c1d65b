package goroutine

import (
	"bytes"
	"strconv"
	"strings"
)

// block is the goroutine that is being read line by line.
type block struct {
	header
	line    int // of the header
	prefix  []byte
	frames  []Frame
	created Frame
	parent  uint64
	// ancestors are filled in turn; the last one is open.
	ancestors []Ancestor
	// pending is the function whose file line is to come.
	pending     string
	pendingLine int
	isCreated   bool // pending is a creator
	// unavailable: it ran on another thread, so it has no frames to show.
	unavailable bool
	// broken says why it is to be skipped; "" when it is not.
	broken     string
	brokenLine int
	lines      int
	count      int // frames, the ancestors' included
	names      *names

	// plain says that nothing but frames and a creator was seen so far; then
	// tail and raw are what the trie needs to know the next one like it.
	plain bool
	tail  []byte
	raw   []rawFrame
}

// maxFrames bounds a hostile block; the runtime prints 100 frames of a stack and
// of each ancestor.
const maxFrames = 1 << 14

// take reads one line of the block, without prefix, and tells whether it is
// part of a goroutine's block at all.
func (b *block) take(n int, line []byte) bool {
	b.lines++
	switch {
	case line[0] == '\t':
		return b.position(n, line[1:])
	case bytes.HasPrefix(line, []byte("created by ")):
		b.expect(n, line)
		name, parent, _ := strings.Cut(string(line[len("created by "):]), " in goroutine ")
		b.pending, b.pendingLine, b.isCreated = b.names.function(name), n, true
		b.keep(line)
		if id, err := strconv.ParseUint(parent, 10, 64); err == nil && len(b.ancestors) == 0 {
			b.parent = id
		}
	case bytes.HasPrefix(line, []byte("[originating from goroutine ")):
		b.expect(n, line)
		id, _, _ := strings.Cut(string(line[len("[originating from goroutine "):]), "]")
		b.plain = false
		a := Ancestor{}
		a.ID, _ = strconv.ParseUint(id, 10, 64)
		b.ancestors = append(b.ancestors, a)
	case bytes.HasPrefix(line, []byte("...")) && bytes.HasSuffix(line, []byte("frames elided...")):
		b.plain = false
	case bytes.HasPrefix(line, []byte("non-Go function")):
		b.plain = false
	case line[len(line)-1] == ')' && bytes.IndexByte(line, '(') > 0:
		b.expect(n, line)
		b.pending, b.pendingLine, b.isCreated = b.names.function(string(line[:bytes.LastIndexByte(line, '(')])), n, false
		b.keep(line)
	default:
		b.plain = false
		return false
	}
	return true
}

func (b *block) keep(line []byte) {
	if b.plain {
		b.raw = append(b.raw, rawName(line, b.isCreated))
	}
}

// expect notes a goroutine whose last function has no position.
func (b *block) expect(n int, line []byte) {
	if b.pending != "" {
		b.fail(n, "a file and line was expected", line)
	}
	b.pending = ""
}

func (b *block) fail(n int, why string, line []byte) {
	if b.broken == "" {
		b.broken, b.brokenLine = why+": "+printable(line, 80), n
	}
}

// position reads "/src/main.go:12 +0x1d" and, in a crash, " fp=0x… sp=0x… pc=0x…" after it.
func (b *block) position(n int, line []byte) bool {
	if bytes.HasPrefix(line, []byte("goroutine running on other thread")) || bytes.HasPrefix(line, []byte("goroutine in C code")) {
		b.unavailable = true
		return true
	}
	if b.pending == "" {
		b.plain = false
		return false
	}
	if b.plain {
		b.raw[len(b.raw)-1].pos = append([]byte{'\t'}, cutFramePointer(line)...)
	}
	text := string(line)
	for _, end := range []string{framePointer, " +0x"} {
		if i := strings.LastIndex(text, end); i > 0 {
			text = text[:i]
		}
	}
	file, at, ok := cutPosition(strings.TrimRight(text, " "))
	if !ok {
		b.fail(n, "a file and line was expected", line)
		b.pending = ""
		return true
	}
	if b.count++; b.count > maxFrames {
		b.fail(n, "it has more frames than a goroutine can have", line)
		b.pending = ""
		return true
	}
	b.put(Frame{Func: b.pending, File: b.names.file(file), Line: at})
	return true
}

func (b *block) put(f Frame) {
	b.pending = ""
	last := len(b.ancestors) - 1
	switch {
	case last < 0 && b.isCreated:
		b.created = f
	case last < 0:
		b.frames = append(b.frames, f)
	case b.isCreated:
		b.ancestors[last].Created = f
	default:
		b.ancestors[last].Frames = append(b.ancestors[last].Frames, f)
	}
}

// system tells a goroutine of the runtime's own, which only a crash shows: it
// began in package runtime and runs nobody else's code (runtime.isSystemGoroutine).
func (b *block) system(shown []Frame) bool {
	if b.id == 0 {
		return true // a thread's own stack
	}
	if len(b.frames) == 0 {
		return false
	}
	for _, f := range shown {
		if !strings.HasPrefix(f.Func, "runtime.") {
			return false
		}
	}
	entry := b.frames[len(b.frames)-1].Func
	if entry == "runtime.goexit" && len(b.frames) > 1 {
		entry = b.frames[len(b.frames)-2].Func
	}
	return strings.HasPrefix(entry, "runtime.") && entry != "runtime.main"
}

// stack makes the block a Stack of one goroutine.
func (b *block) stack() (st Stack, ok bool) {
	state, rangeRecv := b.state, false
	for _, f := range b.frames {
		rangeRecv = rangeRecv || f.Func == "runtime.chanrecv2"
	}
	shown := visible(append([]Frame(nil), b.frames...))
	if b.system(shown) {
		return Stack{}, false
	}
	for i := range b.ancestors {
		b.ancestors[i].Frames = visible(b.ancestors[i].Frames)
	}
	return Stack{
		Frames: shown, State: named(state, shown), Range: rangeRecv, Created: b.created,
		Labels: b.labels, Count: 1, Ancestors: b.ancestors, Leaked: b.leaked, Locked: b.locked,
	}, true
}
