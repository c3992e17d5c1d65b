package tail

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// aged are four segments, 10 lines each, written to at hours 0 to 3 after the
// clock; the oldest two are packed.
func (p *place) aged() []string {
	var text []string
	for i, name := range []string{"x.log.3", "x.log.2", "x.log.1", "x.log"} {
		text = append(text, p.numbered(10))
		p.write(name, text[i])
		if i < 2 {
			name += []string{".gz", ".zst"}[i]
			p.pack(strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst"), name[len("x.log.0"):])
		}
		at := p.now.Add(time.Duration(i) * time.Hour)
		ok(p.t, os.Chtimes(p.in(name), at, at))
	}
	return text
}

// last are the last n lines of segments, which a | parts.
func last(text []string, n int) string {
	lines := strings.SplitAfter(strings.Join(text, ""), "\n")
	lines = lines[:len(lines)-1]
	from := max(len(lines)-n, 0)
	var b strings.Builder
	for i, line := range lines[from:] {
		if i > 0 && (from+i)%10 == 0 {
			b.WriteByte('|')
		}
		b.WriteString(line)
	}
	return b.String()
}

// Where reading begins when older segments are wanted, and that it goes on there after a restart at any place.
func TestOlder(t *testing.T) {
	clock := newClock().now
	type begin struct {
		name  string
		start Start
		lines int // that are read
	}
	all := []begin{
		{"all", Start{}, 40},
		{"since the first", Start{From: Since, Since: clock}, 40},
		{"since the second", Start{From: Since, Since: clock.Add(time.Minute)}, 30},
		{"since the third", Start{From: Since, Since: clock.Add(2 * time.Hour)}, 20},
		{"since the live file", Start{From: Since, Since: clock.Add(3 * time.Hour)}, 10},
		{"since now", Start{From: Since, Since: clock.Add(4 * time.Hour)}, 0},
		{"end", Start{From: End}, 0},
	}
	for _, n := range []int{0, 1, 9, 10, 11, 19, 20, 21, 25, 30, 31, 39, 40, 41, 1000} {
		all = append(all, begin{fmt.Sprintf("the last %d", n), Start{From: LastLines, Lines: n}, min(n, 40)})
	}
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			p := newPlace(t)
			text := p.aged()
			want := last(text, c.lines)
			c.start.Older = true
			l := p.open(c.start)
			first := l.Position(0)
			p.want(p.read(l), want)
			if s := l.Stats(); s.Gaps+s.Damaged != 0 || s.Segments != uint64(1+strings.Count(want, "|")) {
				t.Errorf("stats %+v", s)
			}
			ok(t, l.Close())
			// The same from the position at the beginning, after one more rotation.
			for n := 4; n > 1; n-- {
				for _, ending := range []string{"", ".gz", ".zst"} {
					_ = os.Rename(p.in(fmt.Sprintf("x.log.%d", n-1)+ending), p.in(fmt.Sprintf("x.log.%d", n)+ending))
				}
			}
			p.rename("x.log", "x.log.1")
			p.pack("x.log.2", ".gz")
			more := p.numbered(10)
			p.write("x.log", more)
			if want += "|" + more; c.lines == 0 {
				want = "|" + more // the end of the renamed one
			}
			p.want(p.read(p.resume(first)), want)
		})
	}
}

// Rotation goes on while the older segments are read, a few bytes at a time.
func TestOlderWhileRotated(t *testing.T) {
	for _, copies := range []bool{false, true} {
		p := newPlace(t)
		want := p.numbered(30)
		p.write("x.log", want)
		rotate := func() {
			p.tick(p.path)
			for n := 9; n > 0; n-- {
				_ = os.Rename(p.in(fmt.Sprintf("x.log.%d", n)), p.in(fmt.Sprintf("x.log.%d", n+1)))
			}
			if copies {
				p.copyTruncate("x.log", "x.log.1")
			} else {
				p.rename("x.log", "x.log.1")
			}
			more := p.numbered(30)
			want += more
			p.write("x.log", more)
		}
		rotate()
		rotate()
		l := p.open(Start{Older: true})
		var got strings.Builder
		buf := make([]byte, 700)
		for i := range 8 {
			n, err := l.Read(buf)
			if err != nil && n > 0 {
				t.Fatal(err)
			}
			got.Write(buf[:n])
			if i%2 == 1 {
				rotate()
				pos := l.Position(0)
				ok(t, l.Close())
				l = p.resume(pos)
			}
		}
		rest := p.read(l)
		if strings.Contains(rest, "+") != copies || strings.Contains(rest, "|") == copies {
			t.Errorf("copies %t: %s", copies, short(rest))
		}
		got.WriteString(strings.NewReplacer("|", "", "+", "").Replace(rest))
		p.want(got.String(), want)
		if s := l.Stats(); s.Gaps != 0 {
			t.Errorf("stats %+v", s)
		}
	}
}

// What lies beside a log is not always whole, nor always of it.
func TestOlderOddities(t *testing.T) {
	for _, c := range []struct {
		name    string
		do      func(p *place)
		want    string
		damaged uint64
	}{
		{"none", func(p *place) { p.write("x.log", "live\n") }, "live\n", 0},
		{"others", func(p *place) {
			p.write("x.log", "live\n")
			p.write("x.log.bak", "no\n")
			p.write("x-errors.log", "no\n")
		}, "live\n", 0},
		{"no live file", func(p *place) { p.write("x.log.1", "a\n") }, "a\n", 0},
		{"a symbolic link", func(p *place) {
			p.write("y.log.1", "a\n")
			p.write("y.log", "live\n")
			p.write("x.log.1", "no\n")
			ok(p.t, os.Symlink("y.log", p.path))
		}, "a\n|live\n", 0},
		{"empty ones", func(p *place) {
			p.write("x.log.2", "")
			p.write("x.log.1", "a\n")
			p.write("x.log", "live\n")
		}, "|a\n|live\n", 0},
		{"a copy that is being made", func(p *place) {
			p.write("x.log.2", "older\n")
			p.write("x.log", strings.Repeat("live\n", 100))
			p.tick(p.path)
			p.write("x.log.1", strings.Repeat("live\n", 50))
		}, "older\n|" + strings.Repeat("live\n", 100), 0},
		{"a damaged archive", func(p *place) {
			p.write("x.log.2", strings.Repeat("old\n", 10))
			p.pack("x.log.2", ".gz")
			b := must(os.ReadFile(p.in("x.log.2.gz")))(p.t)
			ok(p.t, os.WriteFile(p.in("x.log.2.gz"), append(b[:len(b)-8], 1, 2, 3, 4, 5, 6, 7, 8), 0o644))
			p.write("x.log", "live\n")
		}, strings.Repeat("old\n", 10) + "!|live\n", 1},
		{"all alike", func(p *place) {
			for _, n := range []string{"5", "4", "3", "2", "1"} {
				p.write("x.log."+n, "# header\n")
			}
			p.pack("x.log.5", ".gz")
			p.pack("x.log.4", ".zst")
			p.pack("x.log.2", ".gz")
			p.tick(p.in("x.log.2.gz"))
			p.write("x.log", "# header\n")
		}, "# header\n|# header\n|# header\n|# header\n|# header\n|# header\n", 0},
	} {
		for _, start := range []Start{{Older: true}, {Older: true, From: LastLines, Lines: 1000}} {
			t.Run(c.name, func(t *testing.T) {
				p := newPlace(t)
				c.do(p)
				l := p.open(start)
				p.want(p.readDamaged(l), c.want)
				if s := l.Stats(); s.Damaged != c.damaged || s.Gaps != 0 {
					t.Errorf("stats %+v", s)
				}
			})
		}
	}
}

// readDamaged is read, with "!" where the rest of an archive is given up.
func (p *place) readDamaged(l *Log) string {
	var b strings.Builder
	buf := make([]byte, 4096)
	for quiet := 0; quiet < 3; {
		n, err := l.Read(buf)
		b.Write(buf[:n])
		switch {
		case err == io.EOF:
			quiet++
			p.now = p.now.Add(3 * time.Second)
		case errors.Is(err, ErrPartArchive):
			b.WriteByte('!')
		case errors.As(err, new(SegmentEnd)):
			b.WriteByte('|')
		case err != nil:
			p.t.Fatal(err)
		}
	}
	return b.String()
}
