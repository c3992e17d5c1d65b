package recording

import (
	"errors"
	"testing"

	"github.com/google/pprof/profile"
)

// FuzzRecover lays a file of any content where no index line speaks of it: the
// recording opens, and what was recovered can be read.
func FuzzRecover(f *testing.F) {
	bare, _, err := gunzip(proto(f, began, 5))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bare, "")
	f.Add([]byte("goroutine profile: total 3\n"), "")
	note, err := encodeLine(lineOf(Entry{Seq: 1, Kind: Goroutine, Time: began, Total: 5}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bare, string(note[:len(note)-1]))
	f.Fuzz(func(t *testing.T, body []byte, comment string) {
		w := &Writer{}
		zipped, err := w.gzip(body, comment)
		if err != nil {
			return // no gzip header can hold this comment
		}
		dir := t.TempDir()
		for _, file := range [][]byte{zipped, body} {
			save(t, dir, "000001.goroutine.pb.gz", file)
			r := open(t, dir)
			if len(r.Entries)+len(r.Missing) < 2 || len(r.Warnings) < 2 { // target and index are missing too
				t.Fatalf("entries %+v, missing %q, warnings %q", r.Entries, r.Missing, r.Warnings)
			}
			for _, e := range r.Entries {
				if s, err := r.Read(e); err != nil || !e.Recovered || s.Total < 0 {
					t.Fatalf("%+v: %v", e, err)
				}
			}
		}
	})
}

// A profile knows its own time, and another kind of file in its place is no profile.
func TestRecoverWithoutNote(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "000001.goroutine.pb.gz", proto(t, began, 5))
	save(t, dir, "000002.goroutine.pb.gz", []byte("<html>"))
	r := open(t, dir)
	if len(r.Entries) != 1 || !r.Entries[0].Time.Equal(began) || r.Entries[0].Total != 5 {
		t.Errorf("%+v", r.Entries)
	}
	says(t, r, "000002.goroutine.pb.gz has no intact line in index.jsonl and is damaged")
	s, err := r.Read(r.Entries[0])
	if err != nil {
		t.Fatal(err)
	}
	if p, err := profile.ParseData(s.Body); err != nil || p.TimeNanos != began.UnixNano() {
		t.Errorf("%v", err)
	}
	r.Entries[0].SHA256 = ""
	if _, err := r.Read(r.Entries[0]); !errors.Is(err, ErrDamaged) {
		t.Errorf("read without a checksum: %v", err)
	}
}
