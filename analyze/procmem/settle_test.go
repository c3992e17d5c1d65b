package procmem

import (
	"reflect"
	"testing"
)

// changing is memory that has another state each time it is read; the last stays.
type changing []fakeMemory

func (c *changing) Read(segments []Segment) error {
	now := (*c)[0]
	if len(*c) > 1 && len(segments) > 0 {
		*c = (*c)[1:]
	}
	return now.Read(segments)
}

// TestStructGivenAway: the runtime writes a new goroutine's place, then its
// origin, then its id and its status, while the struct is read.
func TestStructGivenAway(t *testing.T) {
	im, err := smallImage(smallTable())
	if err != nil {
		t.Fatal(err)
	}
	const (
		at       = 0x10_000
		inside   = textStart + 17 // where a goroutine is that has ended: behind a call
		entry    = textStart
		oldGo    = textStart + 20
		newGo    = textStart + 40
		stack    = 0x20_0000
		stackEnd = stack + 2048
	)
	ended := G{Addr: at, ID: 7, Parent: 1, GoPC: oldGo, StartPC: entry, Status: statusDead, PC: inside, SP: stackEnd - 64, StackLo: stack, StackHi: stackEnd}
	placed := ended
	placed.PC = entry
	halfway := placed
	halfway.Parent, halfway.GoPC = 2, newGo
	torn := ended // the place was read before it was written, the origin behind it
	torn.Parent, torn.GoPC = 2, newGo
	begun := halfway
	begun.ID, begun.Status = 9, statusRunnable
	living := ended
	living.Status = statusWaiting
	parted := torn // read in two parts, with another goroutine between them
	parted.Status = statusWaiting
	early := halfway // up to Go 1.22 the status comes before the id
	early.Status = statusRunnable

	for name, tt := range map[string]struct {
		states []G
		want   []G
		tally  Scan
	}{
		"at rest":                    {[]G{ended}, []G{ended}, Scan{Dead: 1}},
		"given away behind it":       {[]G{ended, placed, halfway, begun}, []G{begun}, Scan{Live: 1, Retried: 1}},
		"between origin and id":      {[]G{halfway, halfway, begun}, []G{begun}, Scan{Live: 1, Retried: 1}},
		"torn":                       {[]G{torn, halfway, begun}, []G{begun}, Scan{Live: 1, Retried: 1}},
		"torn, and begun behind it":  {[]G{torn, begun}, []G{begun}, Scan{Live: 1, Retried: 1}},
		"its thread has to wait":     {[]G{halfway}, nil, Scan{Failed: 1}},
		"begun and not run yet":      {[]G{begun}, []G{begun}, Scan{Live: 1}},
		"status before id":           {[]G{early, begun}, []G{begun}, Scan{Live: 1, Retried: 1}},
		"ended behind it":            {[]G{living, ended}, []G{living}, Scan{Live: 1}},
		"ended, and given away":      {[]G{living, placed, begun}, []G{begun}, Scan{Live: 1, Retried: 1}},
		"read in two parts":          {[]G{parted, begun}, []G{begun}, Scan{Live: 1, Retried: 1}},
		"in two parts, and ended":    {[]G{parted, halfway}, nil, Scan{Failed: 1}},
		"never used, and still not":  {[]G{{Addr: at, Status: statusDead}}, nil, Scan{Unused: 1}},
		"never used, and given away": {[]G{{Addr: at, Status: statusDead, PC: entry, GoPC: newGo, Parent: 2}}, nil, Scan{Unused: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			mem := changing{}
			for _, g := range tt.states {
				mem = append(mem, fakeMemory{at: structOf(&im.layout.G, g)})
			}
			s := scanner{im: im, mem: &mem}
			var tally Scan
			if err := s.read([]uint64{at}, &tally); err != nil {
				t.Fatal(err)
			}
			if tally != tt.tally {
				t.Errorf("tally %+v, want %+v", tally, tt.tally)
			}
			if len(s.gs) != len(tt.want) || len(s.gs) > 0 && !reflect.DeepEqual(s.gs, tt.want) {
				t.Errorf("read\n%+v\nwant\n%+v", s.gs, tt.want)
			}
		})
	}
}

// TestJoiner: pieces come back from where they lie, whether joined or not.
func TestJoiner(t *testing.T) {
	mem := fakeMemory{0x1000: make([]byte, 0x1000)}
	for i := range mem[0x1000] {
		mem[0x1000][i] = byte(i ^ i>>8)
	}
	pieces := []uint64{0x1000, 0x1010, 0x1010, 0x1018, 0x1100, 0x10f0, 0x1200, 0x12ff}
	for gap, want := range map[int]int{-1: 8, 0: 5, 16: 5, 0xe0: 3, 0x1000: 1} {
		j := joiner{segments: make([]Segment, 3), own: 3, buf: make([]byte, 0x4000), gap: gap}
		var at [][2]int
		for _, addr := range pieces {
			segment, from := j.add(addr, 16)
			at = append(at, [2]int{segment, from})
		}
		if n := len(j.segments) - 3; n != want {
			t.Errorf("gap %d: %d segments, want %d", gap, n, want)
		}
		if err := mem.Read(j.segments); err != nil {
			t.Fatal(err)
		}
		for i, addr := range pieces {
			s := j.segments[at[i][0]]
			if from := at[i][1]; !s.OK || string(s.Buf[from:from+16]) != string(mem[0x1000][addr-0x1000:][:16]) {
				t.Errorf("gap %d: piece %d at %#x is not what is there", gap, i, addr)
			}
		}
	}
}
