package procmem

import (
	"maps"
	"strings"
	"testing"
)

// TestLabelSlice reads the labels of Go 1.24 and later: a slice of pairs.
func TestLabelSlice(t *testing.T) {
	im := &image{layout: &Layout{}}
	long := strings.Repeat("x", maxLabelText)
	for name, tt := range map[string]struct {
		memory fakeMemory
		at     uint64
		want   map[string]string
	}{
		"none":        {fakeMemory{}, 0, nil},
		"two":         {fakeMemory{0x10: words(0x100, 2, 2), 0x100: words(0x200, 1, 0x201, 2, 0x203, 1, 0, 0), 0x200: []byte("kabl")}, 0x10, map[string]string{"k": "ab", "l": ""}},
		"not mapped":  {fakeMemory{}, 0x10, nil},
		"no list":     {fakeMemory{0x10: words(0x100, 2, 2)}, 0x10, nil},
		"empty":       {fakeMemory{0x10: words(0x100, 0, 0)}, 0x10, nil},
		"too many":    {fakeMemory{0x10: words(0x100, 1<<40, 1<<40), 0x100: make([]byte, 1<<16)}, 0x10, nil},
		"lost text":   {fakeMemory{0x10: words(0x100, 1, 1), 0x100: words(0x200, 1, 0x300, 1), 0x200: []byte("k")}, 0x10, nil},
		"longest":     {fakeMemory{0x10: words(0x100, 1, 1), 0x100: words(0x200, 1, 0x200, maxLabelText), 0x200: []byte(long)}, 0x10, map[string]string{"x": long}},
		"too long":    {fakeMemory{0x10: words(0x100, 1, 1), 0x100: words(0x200, 1, 0x200, maxLabelText+1), 0x200: []byte(long + "x")}, 0x10, nil},
		"not of text": {fakeMemory{0x10: words(0x100, 1, 1), 0x100: words(0x200, 1, 0x201, 1), 0x200: []byte("k\xff")}, 0x10, map[string]string{"k": "\uFFFD"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := im.labels(tt.memory, tt.at); !maps.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// bucket is one of a map[string]string of Go 1.22: marks, keys, values, and the next one.
func bucket(next uint64, entries ...[4]uint64) []byte {
	b := make([]byte, 8)
	var keys, values []uint64
	for i := range 8 {
		var e [4]uint64
		if i < len(entries) {
			e, b[i] = entries[i], 5
		}
		keys, values = append(keys, e[0], e[1]), append(values, e[2], e[3])
	}
	return append(append(append(b, words(keys...)...), words(values...)...), words(next)...)
}

// TestLabelMap reads those of Go 1.22 and 1.23: a variable that holds a map.
func TestLabelMap(t *testing.T) {
	im := &image{layout: &Layout{LabelMap: true}}
	text := []byte("kabl")
	k, l := [4]uint64{0x200, 1, 0x201, 2}, [4]uint64{0x203, 1, 0x200, 1}
	header := func(n, log uint64) []byte { return words(n, log<<8, 0x1000, 0) }
	for name, tt := range map[string]struct {
		memory fakeMemory
		want   map[string]string
	}{
		"one bucket":      {fakeMemory{0x10: words(0x20), 0x20: header(2, 0), 0x1000: bucket(0, k, l), 0x200: text}, map[string]string{"k": "ab", "l": "k"}},
		"two buckets":     {fakeMemory{0x10: words(0x20), 0x20: header(2, 1), 0x1000: append(bucket(0, k), bucket(0, l)...), 0x200: text}, map[string]string{"k": "ab", "l": "k"}},
		"an overflow":     {fakeMemory{0x10: words(0x20), 0x20: header(2, 0), 0x1000: bucket(0x2000, k), 0x2000: bucket(0, l), 0x200: text}, map[string]string{"k": "ab", "l": "k"}},
		"no map":          {fakeMemory{0x10: words(0)}, nil},
		"no variable":     {fakeMemory{}, nil},
		"no header":       {fakeMemory{0x10: words(0x20)}, nil},
		"empty":           {fakeMemory{0x10: words(0x20), 0x20: header(0, 0)}, nil},
		"too many":        {fakeMemory{0x10: words(0x20), 0x20: header(maxLabels+1, 0), 0x1000: bucket(0, k)}, nil},
		"hostile buckets": {fakeMemory{0x10: words(0x20), 0x20: header(1, 63), 0x1000: bucket(0, k)}, nil},
		"a ring":          {fakeMemory{0x10: words(0x20), 0x20: header(1, 0), 0x1000: bucket(0x1000, k), 0x200: text}, map[string]string{"k": "ab"}},
		"lost bucket":     {fakeMemory{0x10: words(0x20), 0x20: header(1, 0), 0x1000: bucket(0x3000, k), 0x200: text}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := im.labels(tt.memory, 0x10); !maps.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzLabels: whatever memory holds, no more is believed than is bounded.
func FuzzLabels(f *testing.F) {
	f.Add(append(words(0x1020, 1, 1, 0), words(0x1000, 1, 0x1001, 2)...), false)
	f.Add(append(words(0x1008, 1, 0, 0x1028, 0), bucket(0, [4]uint64{0x1000, 1, 0x1001, 2})...), true)
	f.Fuzz(func(t *testing.T, data []byte, isMap bool) {
		im := &image{layout: &Layout{LabelMap: isMap}}
		labels := im.labels(fakeMemory{0x1000: data}, 0x1000)
		for k, v := range labels {
			if len(k) > 3*maxLabelText || len(v) > 3*maxLabelText { // a byte that is not text becomes three
				t.Fatalf("a label of %d and %d bytes", len(k), len(v))
			}
		}
	})
}
