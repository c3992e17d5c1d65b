package zstdfast

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// decoder is package zstd's, held to a window of BlockBytes, as a receiver with little memory would be.
func decoder(t testing.TB) func([]byte) ([]byte, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderMaxWindow(BlockBytes), zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return func(frame []byte) ([]byte, error) { return d.DecodeAll(frame, nil) }
}

// logLines are lines like those of bodies.
func logLines(seed uint64, bytes int) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	var b []byte
	for len(b) < bytes {
		b = fmt.Appendf(b, `{"time":"2026-11-24T08:00:00.000000001Z","message":"10.0.%d.%d \"GET /api/v1/users/%d HTTP/1.1\" %d %dus req=%016x"}`+"\n",
			rng.IntN(4), rng.IntN(256), rng.IntN(100000), 200+100*(rng.IntN(20)/18), rng.IntN(900000), rng.Uint64())
	}
	return b[:bytes]
}

// noise cannot be compressed.
func noise(bytes int) []byte {
	rng := rand.New(rand.NewPCG(7, 7))
	b := make([]byte, bytes)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// letters are literals with hardly a match among them.
func letters(bytes int) []byte {
	b := noise(bytes)
	for i, c := range b {
		b[i] = "aaaabbcdefgh"[c%12]
	}
	return b
}

func TestFrames(t *testing.T) {
	decode := decoder(t)
	var e Encoder
	for _, c := range []struct {
		name string
		src  []byte
		most int // bytes of the frame
	}{
		{"nothing", nil, 17},
		{"a byte", []byte("x"), 18},
		{"a short line", []byte("hello\n"), 23},
		{"a line", logLines(1, 150), 180},
		{"few lines", logLines(1, 1<<10), 700},
		{"lines", logLines(1, 10<<10), 4000},
		{"a block", logLines(1, BlockBytes), 24000},
		{"a block and a byte", logLines(1, BlockBytes+1), 24100},
		{"blocks", logLines(1, 1<<20), 350000},
		{"zeros", make([]byte, 1<<20), 700},
		{"a run within a line", []byte("begin " + strings.Repeat("=", 70000) + " end"), 200},
		{"noise", noise(200000), 200030},
		{"noise between lines", append(append(logLines(1, 100000), noise(100000)...), logLines(2, 100000)...), 180000},
		{"one match as long as can be", append(noise(8), bytes.Repeat([]byte("0123456789abcdef"), BlockBytes)...), 1000},
		{"letters", letters(100000), 45000},
		{"few letters", letters(600), 400},
		{"letters of a 10-bit size", letters(1023), 500},
		{"letters of four streams", letters(1024), 530},
		{"letters of a 14-bit size", letters(1<<14 - 1), 7300},
		{"the same line again", bytes.Repeat([]byte("2026-11-24 nothing has changed, and this is said every second\n"), 5000), 1500},
		{"two symbols", bytes.Repeat([]byte("ab"), 100), 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			frame := e.Append([]byte("before"), c.src)
			if !bytes.HasPrefix(frame, []byte("before")) {
				t.Fatal("what was there before is gone")
			}
			frame = frame[len("before"):]
			got, err := decode(frame)
			if err != nil || !bytes.Equal(got, c.src) {
				t.Fatalf("%d bytes became %d: %v", len(c.src), len(got), err)
			}
			if len(frame) > c.most {
				t.Errorf("%d bytes became a frame of %d, at most %d wanted", len(c.src), len(frame), c.most)
			}
			var h zstd.Header
			if err := h.Decode(frame); err != nil || !h.HasFCS || h.FrameContentSize != uint64(len(c.src)) || h.WindowSize != BlockBytes {
				t.Errorf("header %+v: %v", h, err)
			}
			var other Encoder
			if again := e.Append(nil, c.src); !bytes.Equal(again, frame) || !bytes.Equal(other.Append(nil, c.src), frame) {
				t.Error("the same bytes became another frame: what was encoded before has left something behind")
			}
		})
	}
}

// A frame can be written part by part, whatever the parts.
func TestParts(t *testing.T) {
	decode := decoder(t)
	rng := rand.New(rand.NewPCG(3, 3))
	src := append(logLines(5, 300000), noise(70000)...)
	src = append(src, logLines(6, 200000)...)
	var e Encoder
	for range 20 {
		frame := e.Begin(nil)
		for rest := src; len(rest) > 0; {
			n := min(len(rest), rng.IntN(1<<rng.IntN(18))) // often nothing
			frame = e.Block(frame, rest[:n])
			rest = rest[n:]
		}
		frame = e.End(frame)
		if got, err := decode(frame); err != nil || !bytes.Equal(got, src) {
			t.Fatalf("%d bytes became %d: %v", len(src), len(got), err)
		}
	}
}

// Whatever S2 finds in whatever there is comes out again.
func TestMixtures(t *testing.T) {
	decode := decoder(t)
	rng := rand.New(rand.NewPCG(1, 1))
	var e Encoder
	for range 2000 {
		n := rng.IntN(1 << rng.IntN(19))
		var src []byte
		for len(src) < n {
			switch rng.IntN(5) {
			case 0:
				src = append(src, logLines(rng.Uint64(), rng.IntN(2000))...)
			case 1:
				src = append(src, noise(rng.IntN(200))...)
			case 2:
				src = append(src, bytes.Repeat([]byte{byte(rng.IntN(3))}, rng.IntN(3000))...)
			case 3:
				if len(src) > 0 {
					at := rng.IntN(len(src))
					src = append(src, src[at:min(len(src), at+rng.IntN(200))]...)
				}
			case 4:
				src = append(src, letters(rng.IntN(500))...)
			}
		}
		if got, err := decode(e.Append(nil, src)); err != nil || !bytes.Equal(got, src) {
			t.Fatalf("%d bytes became %d: %v", len(src), len(got), err)
		}
	}
}

// S2 keeps its tables in a sync.Pool, of which the race detector drops one in four: then a block may cost one.
func TestAppendAllocatesNothing(t *testing.T) {
	const blocks = 10
	src := append(logLines(1, 8*BlockBytes), noise(2*BlockBytes)...)
	var e Encoder
	buf := e.Append(nil, src)
	if n := testing.AllocsPerRun(20, func() { buf = e.Append(buf[:0], src) }); n > blocks {
		t.Errorf("%v allocations for a frame of %d blocks and some thousands of sequences", n, blocks)
	}
}

func FuzzAppend(f *testing.F) {
	f.Add([]byte("one line\n"), uint16(1))
	f.Add(logLines(1, 3000), uint16(300))
	f.Add(noise(500), uint16(700))
	f.Add(letters(2000), uint16(3))
	f.Add(bytes.Repeat([]byte("ab"), 100), uint16(9))
	decode := decoder(f)
	f.Fuzz(func(t *testing.T, seed []byte, times uint16) {
		// Few inputs are as long as a block: the same again, and again with a difference.
		var src []byte
		for i := range int(times)%512 + 1 {
			src = append(src, seed...)
			src = append(src, byte(i), byte(i>>4))
			if len(src) > 3*BlockBytes {
				break
			}
		}
		var e Encoder
		frame := e.Append(nil, src)
		if got, err := decode(frame); err != nil || !bytes.Equal(got, src) {
			t.Fatalf("%d bytes became %d: %v", len(src), len(got), err)
		}
		if most := len(src) + 3*(len(src)/BlockBytes+1) + 14; len(frame) > most {
			t.Errorf("%d bytes became a frame of %d", len(src), len(frame))
		}
	})
}
