package sink

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// frame is text as the HTTP sink compresses it, added in pieces of a block.
func frame(t *testing.T, w *zstdWriter, text []byte) []byte {
	t.Helper()
	w.begin()
	for rest := text; len(rest) > 0; {
		n := min(len(rest), zstdBlock)
		if err := w.add(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	out, err := w.end([]byte("before"))
	if err != nil {
		t.Fatal(err)
	}
	out, ok := bytes.CutPrefix(out, []byte("before"))
	if !ok {
		t.Fatal("what was there before is gone")
	}
	return out
}

// Whatever is compressed, at every size around that of a block, is what the library's decoder gives.
func TestZstdWriter(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 3*zstdBlock)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	kinds := map[string][]byte{
		"noise":  noise,
		"zeros":  make([]byte, 3*zstdBlock),
		"lines":  []byte(strings.Repeat(`{"time":"2026-11-24T08:00:00.123456789Z","message":"GET / 200"}`+"\n", 4000)),
		"a half": append(bytes.Repeat([]byte("ab"), zstdBlock/2), noise...),
	}
	w := newZstdWriter()
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdBlock))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for name, text := range kinds {
		for _, n := range []int{0, 1, 2, 7, 100, 4095, zstdBlock - 1, zstdBlock, zstdBlock + 1, 2*zstdBlock + 5, 3 * zstdBlock} {
			got, err := d.DecodeAll(frame(t, w, text[:n]), nil)
			if err != nil || !bytes.Equal(got, text[:n]) {
				t.Errorf("%d bytes of %s: %d came back, %v", n, name, len(got), err)
			}
		}
	}
}

func FuzzZstdWriter(f *testing.F) {
	f.Add([]byte("aaaaaaaaaaaaaaaab"), uint16(7))
	w := newZstdWriter()
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(d.Close)
	f.Fuzz(func(t *testing.T, text []byte, times uint16) {
		text = bytes.Repeat(text, int(times)%300+1)
		got, err := d.DecodeAll(frame(t, w, text), nil)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%d bytes, %d came back: %v", len(text), len(got), err)
		}
	})
}
