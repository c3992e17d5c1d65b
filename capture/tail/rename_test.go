package tail

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

func throughJSON(t *testing.T, p Position) Position {
	t.Helper()
	var q Position
	ok(t, json.Unmarshal(must(json.Marshal(p))(t), &q))
	return q
}

func TestRename(t *testing.T) {
	p := newPlace(t)
	a := p.numbered(3)
	p.write("x.log", a)
	l := p.open(Start{})
	p.want(p.read(l), a)
	b, c, d := p.numbered(4), p.numbered(5), p.numbered(6)
	p.write("x.log", b)
	p.rename("x.log", "x.log.1")
	p.write("x.log", c)
	p.want(p.read(l), b+"|"+c)
	p.write("x.log.1", d) // the writer had not noticed yet
	p.now = p.now.Add(time.Second)
	p.want(p.read(l), "|"+d+"|")
	p.now = p.now.Add(time.Minute)
	p.want(p.read(l), "")
	if len(l.late) != 0 {
		t.Errorf("%d segments are kept after the grace time", len(l.late))
	}
}

// Several rotations while the reader was blocked: each segment once, in order.
func TestRenameWhileBlocked(t *testing.T) {
	for _, packed := range []string{"", ".gz", ".zst"} {
		for _, restart := range []bool{false, true} {
			p := newPlace(t)
			a := p.numbered(30)
			p.write("x.log.1", "older than all\n")
			p.write("x.log", a)
			l := p.open(Start{})
			p.want(p.read(l), a)
			pos := l.Position(0)
			rest := p.numbered(10)
			p.write("x.log", rest)
			want := []string{rest}
			for range 3 {
				for n := 5; n > 0; n-- {
					for _, e := range []string{"", packed} {
						name := "x.log." + string(rune('0'+n))
						if _, err := os.Stat(p.in(name + e)); err == nil {
							_ = os.Rename(p.in(name+e), p.in("x.log."+string(rune('1'+n))+e))
						}
					}
				}
				p.rename("x.log", "x.log.1")
				if packed != "" {
					p.pack("x.log.1", packed)
				}
				next := p.numbered(7)
				want = append(want, next)
				p.write("x.log", next)
			}
			if restart {
				ok(t, l.Close())
				l = p.resume(pos)
			}
			p.want(p.read(l), strings.Join(want, "|"))
			if s := l.Stats(); s.Gaps != 0 {
				t.Errorf("stats %+v", s)
			}
		}
	}
}

func TestCopyTruncateWhileBlocked(t *testing.T) {
	for _, restart := range []bool{false, true} {
		p := newPlace(t)
		a := p.numbered(30)
		p.write("x.log.1", "older than all\n")
		p.write("x.log", a)
		l := p.open(Start{})
		p.want(p.read(l), a)
		pos := l.Position(0)
		rest := p.numbered(10) + "a torn"
		p.write("x.log", rest)
		p.rename("x.log.1", "x.log.2")
		p.copyTruncate("x.log", "x.log.1")
		b := " line\n" + p.numbered(50)
		p.write("x.log", b)
		p.rename("x.log.2", "x.log.3")
		p.rename("x.log.1", "x.log.2")
		p.copyTruncate("x.log", "x.log.1")
		c := p.numbered(200)
		p.write("x.log", c)
		if restart {
			ok(t, l.Close())
			l = p.resume(pos)
		}
		p.want(p.read(l), rest+"+"+b+"+"+c)
		if s := l.Stats(); s.Gaps != 0 {
			t.Errorf("stats %+v", s)
		}
	}
}

// Segments of nothing but the line that all begin with are each read: the archive of one is not taken for that of another.
func TestSegmentsOfOneText(t *testing.T) {
	const header = "# a header that all segments have\n"
	for _, packed := range []string{"x.log-20261121", "x.log-20261122", "x.log-20261121 x.log-20261122", "x.log-20261122 x.log-20261123", "x.log-20261121 x.log-20261122 x.log-20261123"} {
		p := newPlace(t)
		p.write("x.log", header)
		l := p.open(Start{})
		p.want(p.read(l), header)
		for i, to := range []string{"x.log-20261121", "x.log-20261122", "x.log-20261123"} {
			p.tick(p.path)
			p.rename("x.log", to)
			p.write("x.log", header)
			if i == 0 {
				p.want(p.read(l), "|"+header)
			}
		}
		for _, name := range strings.Fields(packed) {
			p.pack(name, ".gz")
		}
		p.want(p.read(l), "|"+header+"|"+header)
	}
}
