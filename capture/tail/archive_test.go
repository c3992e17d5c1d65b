package tail

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// What could be read of an archive that was cut off is read once, also by the next run.
func TestCutArchive(t *testing.T) {
	for _, ending := range []string{".gz", ".zst"} {
		for _, cut := range []int{1, 3, 8, 20, 200, 2000} {
			for _, alone := range []bool{true, false} {
				p := newPlace(t)
				text := p.numbered(9000)
				b := packedBytes(t, []byte(text), ending)
				if alone {
					p.path += ending
				} else {
					p.write("x.log", "live\n")
				}
				name := map[bool]string{true: "x.log", false: "x.log.1"}[alone] + ending
				ok(t, os.WriteFile(p.in(name), b[:len(b)-cut], 0o644))
				l := p.open(Start{Older: true})
				got, pos := p.readCut(l)
				if !strings.HasPrefix(text, got) || len(got) < len(text)/3 {
					t.Errorf("%s less %d: %d bytes of %d were read", ending, cut, len(got), len(text))
				}
				ok(t, l.Close())
				if again, _ := p.readCut(p.resume(pos)); again != "" {
					t.Errorf("%s less %d, alone %t: %d bytes of %d were read again", ending, cut, alone, len(again), len(got))
				}
			}
		}
	}
}

// readCut reads until an archive is given up.
func (p *place) readCut(l *Log) (string, Position) {
	var b strings.Builder
	buf := make([]byte, 10_000)
	for range 1000 {
		n, err := l.Read(buf)
		b.Write(buf[:n])
		switch {
		case errors.Is(err, ErrPartArchive):
			return b.String(), l.Position(0)
		case err == io.EOF:
			p.now = p.now.Add(3 * time.Second)
		case err != nil:
			p.t.Fatal(err)
		}
	}
	p.t.Fatal("the archive was not given up")
	return "", Position{}
}
