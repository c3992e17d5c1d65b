package tail

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// A line that has begun in one segment may end in a later one, also after a
// rotation by rename: each place in what was read is one to go on from.
func TestReachBack(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(p *place) string // after the positions were taken; what is written then
	}{
		{"at once", func(*place) string { return "" }},
		{"more", func(p *place) string { return p.more() }},
		{"rotated again", func(p *place) string {
			text := p.more()
			p.rename("x.log.2", "x.log.3")
			p.rename("x.log.1", "x.log.2")
			p.rename("x.log", "x.log.1")
			return text + p.more()
		}},
		{"rotated again and packed", func(p *place) string {
			p.pack("x.log.2", ".gz")
			p.pack("x.log.1", ".zst")
			p.rename("x.log.2.gz", "x.log.3.gz")
			p.rename("x.log.1.zst", "x.log.2.zst")
			text := p.more()
			p.rename("x.log", "x.log.1")
			return text + p.more()
		}},
		{"copied and truncated", func(p *place) string {
			p.rename("x.log.2", "x.log.3")
			p.rename("x.log.1", "x.log.2")
			p.copyTruncate("x.log", "x.log.1")
			return p.more()
		}},
	} {
		for _, late := range []bool{false, true} {
			for _, over := range []bool{false, true} {
				t.Run(c.name, func(t *testing.T) {
					p := newPlace(t)
					l := p.threeSegments(late)
					if over {
						p.now = p.now.Add(time.Minute)
						p.want(strings.ReplaceAll(p.read(l), "|", ""), "")
					}
					text := p.readBefore
					var all []Position
					for back := 0; back <= len(text); back += len(text) / 11 / width * width {
						all = append(all, throughJSON(t, l.Position(int64(back))))
					}
					if len(all) < 8 {
						t.Fatalf("%d positions", len(all))
					}
					ok(t, l.Close())
					after := c.do(p)
					for i, pos := range all {
						back := i * (len(text) / 11 / width * width)
						l := p.resume(pos)
						got := p.read(l)
						p.now = p.now.Add(time.Minute)
						got = strings.NewReplacer("|", "", "+", "").Replace(got + p.read(l))
						want := text[len(text)-back:] + after
						if late { // it may come out of its place
							got, want = sortedLines(got), sortedLines(want)
						}
						if got != want {
							t.Errorf("%d bytes back: %+v", back, pos)
						}
						p.want(got, want)
						if s := l.Stats(); s.Gaps != 0 {
							t.Errorf("stats %+v", s)
						}
						ok(t, l.Close())
					}
				})
			}
		}
	}
}

// Segments without end within one line: what is remembered of them is bounded.
func TestReachBeyond(t *testing.T) {
	p := newPlace(t)
	p.write("x.log", p.numbered(1))
	l := p.open(Start{})
	for range 3 * mostSteps {
		p.read(l)
		ok(t, os.Rename(p.path, p.in("x.log-"+p.now.Format("20060102150405"))))
		p.write("x.log", p.numbered(1))
		p.now = p.now.Add(time.Minute)
	}
	p.read(l)
	if len(l.steps) > mostSteps {
		t.Errorf("%d are remembered", len(l.steps))
	}
	pos := l.Position(width * 3 * mostSteps)
	if want := l.steps[0].mark.Number; pos.Number != want || pos.Offset != 0 {
		t.Errorf("the place is %d in segment %d, want 0 in %d", pos.Offset, pos.Number, want)
	}
}

// threeSegments are read to the end; with late, lines came late to the first two.
func (p *place) threeSegments(late bool) *Log {
	p.write("x.log", p.numbered(10))
	l := p.open(Start{})
	p.keep(l)
	p.rename("x.log", "x.log.1")
	p.write("x.log", p.numbered(12))
	p.keep(l)
	if late {
		p.write("x.log.1", p.numbered(5))
		p.now = p.now.Add(time.Second)
		p.keep(l)
		p.write("x.log", p.numbered(5))
		p.keep(l)
	}
	p.rename("x.log.1", "x.log.2")
	p.rename("x.log", "x.log.1")
	p.write("x.log", p.numbered(9))
	p.keep(l)
	if late {
		p.write("x.log.1", p.numbered(4))
		p.now = p.now.Add(time.Second)
		p.keep(l)
		p.write("x.log", p.numbered(3))
		p.keep(l)
	}
	return l
}

// keep reads, and keeps what was read.
func (p *place) keep(l *Log) { p.readBefore += strings.ReplaceAll(p.read(l), "|", "") }

// more appends to the live file.
func (p *place) more() string {
	text := p.numbered(4)
	p.write("x.log", text)
	return text
}

func sortedLines(text string) string {
	lines := strings.SplitAfter(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// width of a line of place.numbered, in bytes.
const width = 39
