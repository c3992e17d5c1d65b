package faults

import (
	"bytes"
	"testing"
)

func TestLine(t *testing.T) {
	for _, size := range []int{0, 40, 159, 20_000} {
		for _, seq := range []uint64{1, 25, 26, 1_000_000} {
			line := AppendLine(nil, "w1", seq, size)
			if want := max(size, len(AppendLine(nil, "w1", seq, 0))); len(line) != want {
				t.Errorf("size %d, seq %d: %d bytes, want %d", size, seq, len(line), want)
			}
			if w, n, whole, ours := ParseLine(line); w != "w1" || n != seq || !whole || !ours {
				t.Errorf("ParseLine(%q) = %q %d %v %v", line, w, n, whole, ours)
			}
			if size < 100 {
				continue
			}
			if _, _, whole, ours := ParseLine(line[:len(line)-2]); whole || !ours {
				t.Errorf("a cut line of %d bytes is whole %v, ours %v", size, whole, ours)
			}
			if _, _, whole, _ := ParseLine(append(bytes.Clone(line[:60]), line...)); whole {
				t.Error("two lines run together are taken for a whole one")
			}
		}
	}
	if _, _, _, ours := ParseLine([]byte("something else")); ours {
		t.Error("another line is taken for ours")
	}
}
