package faults

import (
	"testing"
)

// A judge that cannot fail is none: each kind of damage is planted and has to be found.
func TestJudge(t *testing.T) {
	line := func(n uint64) []byte { return AppendLine(nil, "w", n, 80) }
	all := func(edit func(lines [][]byte) [][]byte) [][]byte {
		var lines [][]byte
		for n := uint64(1); n <= 1000; n++ {
			lines = append(lines, line(n))
		}
		return edit(lines)
	}
	for _, tt := range []struct {
		name string
		edit func([][]byte) [][]byte
		want Verdict
	}{
		{"nothing wrong", func(l [][]byte) [][]byte { return l }, Verdict{Arrived: 1000}},
		{"first, middle and last lost", func(l [][]byte) [][]byte { return append(append([][]byte{}, l[1:500]...), l[502:999]...) }, Verdict{Arrived: 996, Lost: 4}},
		{"doubled by a restart", func(l [][]byte) [][]byte { return append(append([][]byte{}, l[:600]...), l[500:]...) }, Verdict{Arrived: 1000, Doubled: 100}},
		{"two in the wrong order", func(l [][]byte) [][]byte { l[10], l[11] = l[11], l[10]; return l }, Verdict{Arrived: 1000, Reordered: 1}},
		{"one cut", func(l [][]byte) [][]byte { l[10] = l[10][:50]; return l }, Verdict{Arrived: 999, Lost: 1, Mangled: 1}},
		{"two run together", func(l [][]byte) [][]byte {
			l[10] = append(append([]byte{}, l[10][:79]...), l[11]...)
			return append(l[:11:11], l[12:]...)
		}, Verdict{Arrived: 998, Lost: 2, Mangled: 1}},
		{"a line that nobody wrote", func(l [][]byte) [][]byte { return append(l, line(1001)) }, Verdict{Arrived: 1000, Mangled: 1}},
		{"something else", func(l [][]byte) [][]byte { return append(l, []byte("hello")) }, Verdict{Arrived: 1000, Others: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := NewJudge()
			for _, l := range all(tt.edit) {
				j.Line(l)
			}
			j.Expect("w", 1000)
			tt.want.Expected = 1000
			if got := j.Verdict(); got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			if lost := len(j.Missing()) > 0; lost != (tt.want.Lost > 0) {
				t.Errorf("missing: %v", j.Missing())
			}
			if late := len(j.Late()) > 0; late != (tt.want.Reordered > 0) {
				t.Errorf("late: %v", j.Late())
			}
		})
	}
	j := NewJudge()
	j.Expect("silent", 3)
	if v := j.Verdict(); v.Lost != 3 {
		t.Errorf("of a writer that never arrived: %+v", v)
	}
}
