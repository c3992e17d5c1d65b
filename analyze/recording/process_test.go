package recording

import (
	"testing"
	"time"
)

// What a process holds is kept as JSON and thinned, and never all of it.
func TestProcessScrapes(t *testing.T) {
	dir := t.TempDir()
	w, err := create(dir, target, Thinning{Whole: 20 * time.Second, Files: map[Kind]int{Process: 16}})
	if err != nil {
		t.Fatal(err)
	}
	for s := range 100 {
		name, err := w.Append(Scrape{Kind: Process, Time: began.Add(time.Duration(5*s) * time.Second), Body: []byte(`{"descriptors":7}`)})
		if err != nil {
			t.Fatal(err)
		}
		if s == 0 && name != "000001.process.json.gz" {
			t.Errorf("its file is %q", name)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := open(t, dir)
	seconds := kept(r, Process)
	if len(r.Warnings) > 0 || len(r.Entries) != 100 || len(seconds) > 16 || len(seconds) < 8 || seconds[0] != 0 || seconds[len(seconds)-1] != 495 {
		t.Errorf("warnings %q, kept %v", r.Warnings, seconds)
	}
	s, err := r.Read(r.Entries[0])
	if err != nil || string(s.Body) != `{"descriptors":7}` {
		t.Errorf("%q, %v", s.Body, err)
	}
}
