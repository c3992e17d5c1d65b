package tail

import (
	"os"
	"strings"
	"testing"
	"time"
)

// rotations of one log by copying and truncating, each at the place where the reader is.
func TestTruncate(t *testing.T) {
	header := strings.Repeat("#", 400) + "\n"
	for _, c := range []struct {
		name    string
		read    string // what has been read
		copied  string // what lies in the copy; "-": there is none
		then    string // what the file holds after it was truncated
		want    string // what is read then; "+": continued, "|": not
		gaps    uint64
		settles bool
	}{
		{"to nothing", "a\nb\n", "a\nb\n", "", "+", 0, false},
		{"to less than was read", "a\nb\n", "a\nb\n", "c\n", "+c\n", 0, false},
		{"to as much as was read", "a\nb\n", "a\nb\n", "c\nd\n", "+c\nd\n", 0, false},
		{"to more than was read", "a\nb\n", "a\nb\n", "c\nd\ne\n", "+c\nd\ne\n", 0, false},
		{"unread", "a\nb\n", "a\nb\nc\n", "d\n", "c\n+d\n", 0, false},
		{"unread, from the beginning", "", "a\nb\n", "c\n", "a\nb\n+c\n", 0, false},
		{"unread, and nothing since", "", "a\nb\n", "", "a\nb\n+", 0, false},
		{"within a line", "a\nb", "a\nbc", "d\ne\n", "c+d\ne\n", 0, false},
		{"within a line that was read", "a\nbc", "a\nbc", "d\ne\n", "+d\ne\n", 0, false},
		{"that begins alike", header, header + "a\n", header + "b\nc\nd\n", "a\n+" + header + "b\nc\nd\n", 0, false},
		{"that begins alike, and is no more", header, header + "a\n", header, "a\n+" + header, 0, false},
		{"no copy", "a\nb\n", "-", "c\n", "|c\n", 1, false},
		{"no copy of more", "a\nb\n", "-", "c\nd\ne\n", "|c\nd\ne\n", 1, false},
		{"a copy that lacks a line of a small file: twice", "a\nb\n", "a\n", "c\n", "|a\n+c\n", 1, true},
	} {
		for _, restart := range []bool{false, true} {
			name := c.name
			if restart {
				name += ", restarted"
			}
			t.Run(name, func(t *testing.T) {
				p := newPlace(t)
				p.write("x.log", c.read)
				l := p.open(Start{})
				p.want(p.read(l), c.read)
				pos := l.Position(0)
				if c.copied != "-" {
					p.write("x.log.1", c.copied)
				}
				ok(t, os.Truncate(p.path, 0))
				p.write("x.log", c.then)
				later := p.now.Add(time.Second)
				ok(t, os.Chtimes(p.path, later, later)) // two writes of one moment look like one
				if restart {
					ok(t, l.Close())
					l = p.resume(pos)
				}
				got := p.read(l)
				if c.settles || restart && c.gaps > 0 {
					p.now = p.now.Add(3 * time.Second)
					got += p.read(l)
				}
				want := c.want
				if restart && c.gaps > 0 {
					want = strings.TrimPrefix(want, "|") // it begins there
				}
				p.want(got, want)
				if s := l.Stats(); s.Gaps != c.gaps {
					t.Errorf("stats %+v", s)
				}
			})
		}
	}
}

// A copy is made in steps, and looked at after each.
func TestCopyInSteps(t *testing.T) {
	p := newPlace(t)
	a := p.numbered(100)
	p.write("x.log", a)
	l := p.open(Start{})
	p.want(p.read(l), a)
	for _, from := range []int{0, 1, 500, 2000, 3000} {
		ok(t, writeFile(p.in("x.log.1"), []byte(a[:from])))
		pos := l.Position(0)
		ok(t, l.Close())
		l = p.resume(pos)
		more := p.numbered(1)
		a += more
		p.write("x.log", more)
		p.want(p.read(l), more)
	}
	b := p.numbered(10)
	p.write("x.log", b)
	p.copyTruncate("x.log", "x.log.1")
	c := p.numbered(200)
	p.write("x.log", c)
	p.want(p.read(l), b+"+"+c)
}

// Copies are removed, packed and made while nobody reads.
func TestTruncateWhileDown(t *testing.T) {
	for _, ending := range []string{"", ".gz", ".zst"} {
		p := newPlace(t)
		p.write("x.log.1", "older than all\n")
		a := p.numbered(60)
		p.write("x.log", a)
		l := p.open(Start{})
		p.want(p.read(l), a)
		pos := l.Position(39) // the last line is not done with
		ok(t, l.Close())
		b := p.numbered(60)
		p.write("x.log", b)
		ok(t, os.Remove(p.in("x.log.1")))
		p.copyTruncate("x.log", "x.log.1")
		want := a[len(a)-39:] + b
		for range 3 {
			next := p.numbered(30)
			p.write("x.log", next)
			p.rename("x.log.1", "x.log.2")
			if ending != "" {
				p.pack("x.log.2", ending)
			}
			for n := 9; n > 1; n-- {
				name := "x.log." + string(rune('0'+n))
				if _, err := os.Stat(p.in(name + ending)); err == nil {
					p.rename(name+ending, "x.log."+string(rune('1'+n))+ending)
				}
			}
			p.copyTruncate("x.log", "x.log.1")
			want += next
		}
		l = p.resume(pos)
		p.want(strings.ReplaceAll(p.read(l), "+", ""), want)
		if s := l.Stats(); s.Gaps != 0 {
			t.Errorf("%s: stats %+v", ending, s)
		}
	}
}
