package tail

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

// What happens to a log between two runs, and what is read in the second one.
func TestResume(t *testing.T) {
	const header = "# a header that all segments have\n"
	for _, c := range []struct {
		name string
		read string // before the position
		do   func(p *place)
		want string
		gaps uint64
	}{
		{"nothing", "a\n", func(*place) {}, "", 0},
		{"more", "a\n", func(p *place) { p.write("x.log", "b\n") }, "b\n", 0},
		{"renamed, nothing new", "a\n", func(p *place) { p.rename("x.log", "x.log.1") }, "", 0},
		{"renamed", "a\n", func(p *place) {
			p.write("x.log", "b\n")
			p.rename("x.log", "x.log.1")
			p.write("x.log", "c\n")
		}, "b\n|c\n", 0},
		{"renamed by date, twice", "a\n", func(p *place) {
			p.write("x.log", "b\n")
			p.rename("x.log", "x.log-20261124")
			p.write("x.log", "c\n")
			p.rename("x.log", "x.log-20261125")
			p.write("x.log", "d\n")
		}, "b\n|c\n|d\n", 0},
		{"renamed, to a name that is no rotation's", "a\n", func(p *place) {
			p.write("x.log", "b\n")
			p.rename("x.log", "x.log.bak")
			p.write("x.log", "c\n")
		}, "b\n|c\n", 0},
		{"renamed and packed", "a\n", func(p *place) {
			p.write("x.log", "b\n")
			p.rename("x.log", "x.log.1")
			p.pack("x.log.1", ".gz")
			p.write("x.log", "c\n")
		}, "b\n|c\n", 0},
		{"renamed, packed, and the inode given again", "a\n", func(p *place) {
			p.write("x.log", "b\n")
			p.packAndReuse("c\n")
			p.write("x.log", "d\n")
		}, "b\n|c\n|d\n", 0},
		{"the same beginning in all", header, func(p *place) {
			p.write("x.log", "a\n")
			p.rename("x.log", "x.log.1")
			p.write("x.log", header+"b\n")
			p.rename("x.log.1", "x.log.2")
			p.rename("x.log", "x.log.1")
			p.pack("x.log.2", ".gz")
			p.write("x.log", header+"c\n")
		}, "a\n|" + header + "b\n|" + header + "c\n", 0},
		{"removed", "a\n", func(p *place) {
			ok(p.t, os.Remove(p.path))
			p.write("x.log", "b\nc\n")
		}, "b\nc\n", 1},
		{"removed, and the older one is not it", "a\n", func(p *place) {
			p.write("x.log.2", "older\n")
			old := p.now.Add(-1000 * time.Hour)
			ok(p.t, os.Chtimes(p.in("x.log.2"), old, old))
			ok(p.t, os.Remove(p.path))
			p.write("x.log", "b\n")
		}, "older\nb\n", 1}, // nothing was there before: what lies there is new
		{"replaced by a file that begins alike", "a\n", func(p *place) {
			p.write("x.new", "a\nb\n")
			p.rename("x.new", "x.log")
		}, "a\nb\n", 1}, // two bytes prove nothing
		{"replaced by a copy with more", strings.Repeat("long enough\n", 200), func(p *place) {
			p.write("x.new", strings.Repeat("long enough\n", 200)+"b\n")
			p.rename("x.new", "x.log")
		}, "b\n", 0},
		{"nothing had been written", "", func(p *place) {
			p.write("x.log", "a\n")
			p.rename("x.log", "x.log.1")
			p.write("x.log", "b\n")
		}, "a\n|b\n", 0},
		{"nothing had been written, and it was packed", "", func(p *place) {
			p.write("x.log", "a\n")
			p.rename("x.log", "x.log.1")
			p.pack("x.log.1", ".gz")
			p.write("x.log", "b\n")
		}, "a\n|b\n", 0},
		{"nothing had been written, it was packed, and the inode given again", "", func(p *place) {
			p.write("x.log", "b\n")
			p.packAndReuse("c\n")
			p.write("x.log", "d\n")
		}, "b\n|c\n|d\n", 0},
		{"the same beginning in all, packed, and the inode given again", header, func(p *place) {
			p.write("x.log", "b\n")
			p.packAndReuse(header + "c\n")
			p.write("x.log", header+"d\n")
		}, "b\n|" + header + "c\n|" + header + "d\n", 0},
		{"late lines, packed", "a\n", func(p *place) {
			p.write("x.log", "b\n")
			p.rename("x.log", "x.log.1")
			p.write("x.log", "c\n")
			p.write("x.log.1", "late\n")
			p.pack("x.log.1", ".gz")
		}, "b\nlate\n|c\n", 0},
	} {
		for _, old := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				p := newPlace(t)
				p.write("x.log", c.read)
				l := p.open(Start{})
				p.want(p.read(l), c.read)
				pos := l.Position(0)
				ok(t, l.Close())
				if old {
					pos = withoutBirth(pos)
				}
				c.do(p)
				l = p.resume(pos)
				got := p.read(l)
				p.now = p.now.Add(3 * time.Second)
				got += p.read(l)
				// Where a segment is packed nobody sees whether its file was truncated or is gone, if births are unknown.
				if c.name == "removed, and the older one is not it" || old {
					got, c.want = strings.NewReplacer("|", "", "+", "").Replace(got), strings.ReplaceAll(c.want, "|", "")
				}
				p.want(got, c.want)
				if s := l.Stats(); s.Gaps != c.gaps {
					t.Errorf("stats %+v", s)
				}
			})
		}
	}
}

// packAndReuse packs what was rotated, and rotates a file with text that got its inode.
func (p *place) packAndReuse(text string) {
	p.rename("x.log", "x.log.1")
	p.pack("x.log.1", ".zst")
	p.reuse("x.log.1.zst")
	p.write("x.log", text)
	p.rename("x.log.1.zst", "x.log.2.zst")
	p.rename("x.log", "x.log.1")
}

// reuse creates files until one has the inode that was freed last; not all file systems give one again.
func (p *place) reuse(beside string) {
	free := must(stat(p.in(beside)))(p.t).id.inode
	for i := range 20 {
		name := "reused" + string(rune('a'+i))
		p.write(name, "")
		if must(stat(p.in(name)))(p.t).id.inode < free {
			p.rename(name, "x.log")
			return
		}
	}
}

// The segments that are kept for late lines are found again, also when nothing was in them yet.
func TestResumeLate(t *testing.T) {
	for _, ending := range []string{"", ".gz"} {
		for _, read := range []string{"", "a\n"} {
			p := newPlace(t)
			p.write("x.log.5", "older than all\n")
			p.write("x.log", read)
			l := p.open(Start{})
			p.want(p.read(l), read)
			p.rename("x.log", "x.log.1")
			p.write("x.log", "b\n")
			p.want(p.read(l), "|b\n")
			pos := l.Position(0)
			ok(t, l.Close())
			p.write("x.log.1", "late\n")
			if ending != "" {
				p.pack("x.log.1", ending)
			}
			l = p.resume(pos)
			p.now = p.now.Add(time.Second)
			got := strings.ReplaceAll(p.read(l), "|", "")
			p.now = p.now.Add(time.Minute)
			p.want(got+strings.ReplaceAll(p.read(l), "|", ""), "late\n")
		}
	}
}

// A position as an earlier logcap wrote it.
func TestOldPosition(t *testing.T) {
	p := newPlace(t)
	p.write("x.log", "a\nb\n")
	l := p.open(Start{})
	m := must(json.Marshal(l.Position(0)))(t)
	var fields map[string]any
	ok(t, json.Unmarshal(m, &fields))
	delete(fields, "born")
	var pos Position
	ok(t, json.Unmarshal(must(json.Marshal(fields))(t), &pos))
	p.write("x.log", "c\n")
	p.rename("x.log", "x.log.1")
	p.write("x.log", "d\n")
	p.want(p.read(p.resume(pos)), "a\nb\nc\n|d\n")
}

func TestDamagedPosition(t *testing.T) {
	p := newPlace(t)
	p.write("x.log", "a\n")
	for _, s := range []string{
		`{"offset":-1}`, `{"offset":5}`, `{"prefix":{"len":-1}}`, `{"prefix":{"len":1025}}`,
		`{"anchor":{"end":0,"len":9}}`, `{"anchor":{"end":9,"len":257}}`, `{"anchor":{"end":9,"len":10}}`,
		`{"before":{"offset":-1}}`, `{"late":[{"offset":-1}]}`, `{"number":-1}`,
	} {
		var pos Position
		ok(t, json.Unmarshal([]byte(s), &pos))
		if _, err := Open(p.path, Start{Resume: &pos}, p.options()); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// Whatever a position says, reading ends, and gives what lies in the files from some place on.
func FuzzPosition(f *testing.F) {
	f.Add([]byte(`{"offset":4,"prefix":{"len":4,"hash":1},"anchor":{"end":4,"len":4,"hash":1},"way":{"end":2,"len":2,"hash":3}}`))
	f.Add([]byte(`{"before":{"device":1,"time":9},"late":[{"born":1,"number":4}],"target":"y"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var pos Position
		if json.Unmarshal(b, &pos) == nil {
			p := newPlace(t)
			p.readAnywhere(pos, p.chain())
		}
	})
}

// A position as it can be, but for some numbers of one of its parts.
func FuzzNearPosition(f *testing.F) {
	f.Add(byte(0), byte(1), int64(100), 100, uint64(0), 0)
	f.Add(byte(1), byte(2), int64(1<<62), 256, uint64(1), 3)
	f.Add(byte(2), byte(31), int64(0), 0, uint64(7), 1<<30)
	f.Fuzz(func(t *testing.T, part, what byte, at int64, length int, id uint64, number int) {
		p := newPlace(t)
		all := p.chain()
		l := p.open(Start{})
		for range 3 {
			_ = must(l.Read(make([]byte, 100)))(t)
		}
		pos := throughJSON(t, l.Position(30))
		pos.Late = []Mark{pos.Before.Mark}
		m := []*Mark{&pos.Mark, &pos.Before.Mark, &pos.Late[0]}[part%3]
		for i, set := range []func(){
			func() { m.Offset = at },
			func() { m.Anchor.End, m.Anchor.Len = at, length },
			func() { m.Prefix.Len = length },
			func() { m.Way.End, m.Way.Len = at, length },
			func() { m.Inode, m.Born = m.Inode+id, 0 },
			func() { m.Number = number },
			func() { pos.Before.Time = at },
			func() { m.Prefix, m.Anchor, m.Way, m.Offset = Fingerprint{}, Anchor{}, Anchor{}, 0 },
		} {
			if what&(1<<i) != 0 {
				set()
			}
		}
		p.readAnywhere(pos, all)
	})
}

// chain are three segments of a log, one of them packed; it says all that lies in them.
func (p *place) chain() string {
	a, b, c := p.numbered(20), p.numbered(15), p.numbered(10)
	p.write("x.log.2", a)
	p.pack("x.log.2", ".gz")
	p.write("x.log.1", b)
	p.write("x.log", c)
	return a + b + c
}

// readAnywhere reads from a position that may be anything.
func (p *place) readAnywhere(pos Position, all string) {
	t := p.t
	pos.Target = strings.ReplaceAll(pos.Target, "/", "")
	l, err := Open(p.path, Start{Resume: &pos}, p.options())
	if err != nil {
		if !strings.Contains(err.Error(), "damaged") && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		return
	}
	var given strings.Builder
	buf := make([]byte, 4096)
	for quiet, reads := 0, 0; quiet < 12; reads++ {
		n, err := l.Read(buf)
		given.Write(buf[:n])
		switch {
		case reads > 100:
			t.Fatal("reading has no end")
		case err == nil, errors.As(err, new(SegmentEnd)):
		case err == io.EOF:
			quiet++
			p.now = p.now.Add(1500 * time.Millisecond)
		case errors.Is(err, fs.ErrNotExist):
			quiet = 12
		default:
			t.Fatal(err)
		}
	}
	if q := l.Position(0); !q.valid() {
		t.Errorf("position %+v", q)
	}
	ok(t, l.Close())
	// Late segments come out of their place, and a line may have begun elsewhere: what is given is made of what lies there.
	for line := range strings.Lines(given.String()) {
		if !strings.Contains(all, line) && strings.Count(line, "line ") < 2 {
			t.Errorf("%q is in no file", line)
		}
	}
}
