package tail

import (
	"strings"
	"testing"
)

// What a file has to do with a segment that was read to some place.
func TestLikeness(t *testing.T) {
	long := func(n int) string { return newPlace(t).numbered(n) }
	head := strings.Repeat("#", 1500) + "\n"
	for _, c := range []struct {
		name    string
		content string // as it was read
		offset  int
		file    string
		want    likeness
	}{
		{"itself", long(50), 1000, long(50), same},
		{"grown", long(50), 1950, long(90), same},
		{"small and grown", "a\n", 2, "a\nb\n", same},
		{"small and another", "a\n", 2, "b\nb\n", differs},
		{"small, as it begins", "a\n", 2, "a", differs},
		{"empty", "a\n", 2, "", differs},
		{"not begun", long(50), 0, long(50), same},
		{"a copy that lacks the end", long(90), 3510, long(60), shorter},
		{"a copy that lacks the end, and not the place", long(90), 2000, long(60), same},
		{"a copy of less than half", long(90), 3510, long(20), differs},
		{"the same header, other lines", head + long(30), 2600, head + "other\n" + long(30), differs},
		{"the same header, less", head + long(30), 2600, head + "other\n", shorter}, // no content says more: see search
		{"another of the same length", long(50), 1950, strings.ReplaceAll(long(50), "000", "111"), differs},
	} {
		for _, ending := range []string{"", ".gz", ".zst"} {
			t.Run(c.name+ending, func(t *testing.T) {
				p := newPlace(t)
				p.write("x.log", c.content[:c.offset])
				l := p.open(Start{})
				p.want(p.read(l), c.content[:c.offset])
				m := l.cur.mark(0)
				if c.offset == 0 {
					p.write("x.log", c.content)
					l = p.open(Start{})
					m = l.cur.mark(0)
				}
				p.write("y.log", c.file)
				if ending != "" {
					p.pack("y.log", ending)
				}
				s := must(open(p.in("y.log"+ending), make([]byte, anchorLen)))(t)
				defer s.close()
				if got := must(s.like(&m))(t); got != c.want {
					t.Errorf("likeness %d, want %d", got, c.want)
				}
			})
		}
	}
}

func TestLikenessOfPartOfAnArchive(t *testing.T) {
	p := newPlace(t)
	text := p.numbered(5000)
	p.write("x.log", text)
	l := p.open(Start{})
	p.want(p.read(l), text)
	for _, ending := range []string{".gz", ".zst"} {
		b := packedBytes(t, []byte(text), ending)
		for n := range 40 {
			p.write("y.log"+ending, "")
			ok(t, writeFile(p.in("y.log"+ending), b[:n*len(b)/40]))
			s := must(open(p.in("y.log"+ending), make([]byte, anchorLen)))(t)
			m := l.cur.mark(0)
			if k := must(s.like(&m))(t); k != unknown {
				t.Errorf("%d of 40 parts of %s: likeness %d", n, ending, k)
			}
			s.close()
		}
	}
}
