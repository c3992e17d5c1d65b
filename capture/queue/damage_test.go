package queue

import (
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/record"
)

func mustOpen(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// twoSegments is a queue of six batches of two records, three in each segment, as files.
func twoSegments(t *testing.T) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	for part := range 2 { // a segment for each run
		q, _ := open(t, Options{Dir: dir, Sync: Sync{Never: true}})
		for i := range 3 {
			push(t, q, batch(6*part+2*i, 2, nil))
		}
		shut(t, q)
	}
	return files(t, dir)
}

const lastName = "00000000000000000006.queue"

// Cut at every byte of its last segment the queue opens, and loses at most the
// entry that was cut; what is appended then comes behind what is left.
func TestCutAtEveryByte(t *testing.T) {
	all, dir := twoSegments(t), filepath.Join(t.TempDir(), "q")
	whole := all[lastName]
	var ends []int
	walk(whole, 6, func(p part) { ends = append(ends, int(p.at+p.bytes)) })
	for cut := range len(whole) + 1 {
		all[lastName] = whole[:cut]
		laid(t, dir, all)
		q, found := open(t, Options{Dir: dir, Sync: Sync{Never: true}})
		want := 6
		for _, end := range ends {
			if end <= cut {
				want += 2
			}
		}
		torn := cut > startBytes && !slices.Contains(ends, cut)
		if found.Waiting != uint64(want) || (len(found.Notes) == 1) != torn {
			t.Fatalf("cut at %d: %+v, want %d", cut, found, want)
		}
		push(t, q, batch(100, 1, nil))
		got, lost := drain(t, q)
		if diff := cmp.Diff(append(from(0, want), 100), got); diff != "" || lost > 0 {
			t.Fatalf("cut at %d: lost %d (-want +got):\n%s", cut, lost, diff)
		}
		shut(t, q)
	}
}

// A byte that is flipped anywhere costs the entry it is in at most, is counted to the record, and is named by Check.
func TestFlippedBits(t *testing.T) {
	all, dir := twoSegments(t), filepath.Join(t.TempDir(), "q")
	for _, name := range []string{"00000000000000000000.queue", lastName} {
		whole := all[name]
		for at := range whole {
			flipped := slices.Clone(whole)
			flipped[at] ^= 1 << (at % 8)
			changed := maps.Clone(all)
			changed[name] = flipped
			laid(t, dir, changed)
			report, err := Check(dir)
			if err != nil {
				t.Fatal(err)
			}
			named := slices.ContainsFunc(report.Faults, func(f Fault) bool { return strings.HasPrefix(f.String(), name+": byte ") })
			if !named && report.Rest == 0 {
				t.Fatalf("%s, byte %d: not named: %+v", name, at, report)
			}
			q, found, err := Open(Options{Dir: dir, Sync: Sync{Never: true}})
			if err != nil {
				t.Fatalf("%s, byte %d: %v", name, at, err)
			}
			waiting := found.Waiting
			got, lost := drain(t, q)
			shut(t, q)
			cut := uint64(12) - waiting // of the head of the last entry: it is no entry any more
			if uint64(len(got))+lost != waiting || lost+cut > 2 || cut > 0 && len(found.Notes) == 0 {
				t.Fatalf("%s, byte %d: %d came, %d lost, of %d", name, at, len(got), lost, waiting)
			}
			if at >= startBytes && lost+cut != 2 {
				t.Fatalf("%s, byte %d: nothing was noticed", name, at)
			}
			if report.Waiting != uint64(len(got)) {
				t.Fatalf("%s, byte %d: the report has %d waiting, and %d came", name, at, report.Waiting, len(got))
			}
		}
	}
}

// A segment that is gone from the middle is counted and named, as is a cursor of nothing.
func TestMissing(t *testing.T) {
	all, dir := twoSegments(t), filepath.Join(t.TempDir(), "q")
	all["00000000000000000003.queue"] = all[lastName] // under a name that is not its own
	delete(all, lastName)
	laid(t, dir, all)
	if report, err := Check(dir); err != nil || len(report.Faults) < 1 || report.Rest == 0 {
		t.Errorf("%v, %+v", err, report)
	}
	all = twoSegments(t)
	all[cursorName] = make([]byte, 2*slotBytes)
	laid(t, dir, all)
	report, err := Check(dir)
	if err != nil || len(report.Faults) != 1 || report.Faults[0].File != cursorName || report.Waiting != 12 {
		t.Errorf("%v, %+v", err, report)
	}
	if report.Oldest.UnixNano() != 0 || report.Newest.UnixNano() != 11 {
		t.Errorf("%v to %v", report.Oldest, report.Newest)
	}
}

// A segment that is removed under the reader is lost, counted, and holds nothing up.
func TestRemovedUnderReader(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	laid(t, dir, twoSegments(t))
	q, _ := open(t, Options{Dir: dir, Sync: Sync{Never: true}})
	defer shut(t, q)
	if err := os.Remove(q.path(0)); err != nil {
		t.Fatal(err)
	}
	got, lost := drain(t, q)
	if diff := cmp.Diff(from(6, 6), got); diff != "" || lost != 6 {
		t.Errorf("lost %d (-want +got):\n%s", lost, diff)
	}
}

// What others have put there: a segment of a newer version, and no segment at all.
func TestForeign(t *testing.T) {
	newer := appendStart(nil, 6)
	newer[8] = 2
	newer = binary.LittleEndian.AppendUint64(newer[:24], xxhash.Sum64(newer[:24]))
	for name, text := range map[string][]byte{"it has version 2, and this logcap reads 1": newer, "does not begin as a segment": []byte(strings.Repeat("a text of somebody's\n", 9))} {
		all, dir := twoSegments(t), filepath.Join(t.TempDir(), "q")
		all[lastName] = text
		laid(t, dir, all)
		_, _, err := Open(Options{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), lastName) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever a segment holds, walking and decoding end and stay within it.
func FuzzSegment(f *testing.F) {
	b := batch(0, 3, nil)
	entry, err := appendEntry(appendStart(nil, 0), b, 0, 0)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(entry)
	f.Add(entry[:len(entry)-1])
	f.Add(append(slices.Clone(entry), entry...))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = checkStart(data, 0)
		d := decoder{pool: &record.Pool{}}
		last := int64(min(startBytes, len(data)))
		walk(data, 0, func(p part) {
			if p.at != last || p.bytes <= 0 || p.at+p.bytes > int64(len(data)) {
				t.Fatalf("part %+v behind %d", p, last)
			}
			last = p.at + p.bytes
			if p.fault != nil {
				return
			}
			if b, err := d.batch(data[p.at+headBytes:last], p.head.records); err == nil {
				for i := range b.Records {
					_ = b.Message(i)
					for _, field := range b.Of(i) {
						_, _ = b.Bytes(field.Key), b.Bytes(field.Value)
					}
				}
			}
		})
		if last != int64(len(data)) {
			t.Fatalf("walked %d of %d bytes", last, len(data))
		}
	})
}

// Payloads that no checksum holds back.
func FuzzPayload(f *testing.F) {
	entry, err := appendEntry(nil, batch(0, 3, nil), 0, 0)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(entry[headBytes:], uint32(3))
	f.Fuzz(func(t *testing.T, payload []byte, records uint32) {
		d := decoder{pool: &record.Pool{}}
		b, err := d.batch(payload, records)
		if err != nil {
			return
		}
		if len(b.Records) != int(records) {
			t.Fatalf("%d records of %d", len(b.Records), records)
		}
		for i := range b.Records {
			_ = b.Message(i)
			for _, field := range b.Of(i) {
				_, _ = b.Bytes(field.Key), b.Bytes(field.Value)
			}
		}
	})
}

// A cursor is one that was written, or none.
func FuzzCursor(f *testing.F) {
	f.Add(make([]byte, 2*slotBytes))
	f.Add([]byte(slotMagic))
	f.Fuzz(func(t *testing.T, text []byte) {
		if turn, taken := parseCursor(text); turn == 0 && taken != 0 {
			t.Fatalf("turn 0 took %d", taken)
		}
	})
}

// A policy that is read is written the same.
func FuzzParseSync(f *testing.F) {
	for _, text := range []string{"always", "never", "interval 1s", "interval -1s", "x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseSync(text)
		if err != nil {
			return
		}
		if again, err := ParseSync(p.String()); err != nil || again != p {
			t.Fatalf("%q is %v, and that is %v, %v", text, p, again, err)
		}
	})
}
