package checkpoint_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/checkpoint"
)

var when = time.Date(2026, 11, 24, 12, 30, 0, 0, time.UTC)

func sections(value string) checkpoint.Sections {
	return checkpoint.Sections{
		"file":   {"file:/var/log/x": json.RawMessage(`{"offset":` + value + `}`), "file:\x7f\"\\\u2028": json.RawMessage(`null`)},
		"docker": {"docker:0123": json.RawMessage(`{"at":[1,2,3]}`)},
	}
}

func save(t *testing.T, s *checkpoint.Store, all checkpoint.Sections) {
	t.Helper()
	if err := s.Save(all); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, s *checkpoint.Store) checkpoint.Loaded {
	t.Helper()
	l, err := s.Load(when)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestSaveAndLoad(t *testing.T) {
	s := checkpoint.NewStore(t.TempDir())
	if l := load(t, s); !l.Fresh || l.Lost || len(l.Sections) > 0 {
		t.Errorf("of an empty directory: %+v", l)
	}
	for _, value := range []string{"1", "2", "3"} {
		save(t, s, sections(value))
		l := load(t, s)
		if l.Fresh || l.Lost || len(l.Corrupt) > 0 {
			t.Errorf("loaded %+v", l)
		}
		if diff := cmp.Diff(sections(value), l.Sections); diff != "" {
			t.Errorf("what came back (-want +got):\n%s", diff)
		}
	}
	save(t, s, nil)
	if l := load(t, s); len(l.Sections) > 0 || l.Fresh || l.Lost {
		t.Errorf("of an empty checkpoint: %+v", l)
	}
}

// A checkpoint that was cut off anywhere, or has any bit flipped, is never
// believed: the one before is used, and what was found is kept aside.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	s := checkpoint.NewStore(dir)
	save(t, s, sections("1"))
	save(t, s, sections("2"))
	path := filepath.Join(dir, "checkpoint.json")
	previous := filepath.Join(dir, "checkpoint.previous.json")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	older, err := os.ReadFile(previous)
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string][]byte{"nothing left": {}, "something behind": append(append([]byte{}, whole...), '\n')}
	for i := range whole {
		damage["cut"+string(rune('0'+i%10))+string(whole[:i])] = whole[:i]
		for bit := range 8 {
			flipped := append([]byte{}, whole...)
			flipped[i] ^= 1 << bit
			damage["flip"+string(rune(bit))+string(whole[:i])] = flipped
		}
	}
	for name, data := range damage {
		put(t, path, data)
		put(t, previous, older)
		l := load(t, s)
		if l.Lost || l.Fresh || len(l.Corrupt) != 1 {
			t.Fatalf("%q: %+v", name, l)
		}
		if diff := cmp.Diff(sections("1"), l.Sections); diff != "" {
			t.Fatalf("%q: (-want +got)\n%s", name, diff)
		}
		aside, err := os.ReadFile(path + ".corrupt-20261124T123000")
		if err != nil || string(aside) != string(data) {
			t.Fatalf("%q: kept aside %q, %v", name, aside, err)
		}
	}
}

// When neither can be read everything is lost, and Load says so: what it returns is not that of a first start.
func TestBothDamaged(t *testing.T) {
	dir := t.TempDir()
	s := checkpoint.NewStore(dir)
	put(t, filepath.Join(dir, "checkpoint.json"), []byte("logcap-checkpoint 1 0000000000000000 2\n{}"))
	put(t, filepath.Join(dir, "checkpoint.previous.json"), []byte("logcap-checkpoint 7 0000000000000000 2\n{}"))
	l := load(t, s)
	if !l.Lost || l.Fresh || len(l.Corrupt) != 2 || len(l.Sections) != 0 {
		t.Fatalf("%+v", l)
	}
	for i, want := range []string{"its checksum does not match; kept as checkpoint.json.corrupt-20261124T123000", "it has version 7, and this logcap reads 1"} {
		if !strings.Contains(l.Corrupt[i].Error(), want) {
			t.Errorf("says %q, want %q in it", l.Corrupt[i], want)
		}
	}
	if l := load(t, s); !l.Fresh {
		t.Errorf("once they are set aside: %+v", l)
	}
	save(t, s, sections("1"))
	if l := load(t, s); l.Fresh || l.Lost {
		t.Errorf("after the next save: %+v", l)
	}
}

// What a crash leaves between the steps of Save is never taken for the checkpoint.
func TestCrashWithinSave(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(dir string) error
		want string
	}{
		{"half of the new one written", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "checkpoint.json.new"), []byte("logcap-check"), 0o600)
		}, "2"},
		{"the previous one removed", func(dir string) error { return os.Remove(filepath.Join(dir, "checkpoint.previous.json")) }, "2"},
		{"the first name gone", func(dir string) error { return os.Remove(filepath.Join(dir, "checkpoint.json")) }, "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			s := checkpoint.NewStore(dir)
			save(t, s, sections("1"))
			save(t, s, sections("2"))
			if err := tt.do(dir); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sections(tt.want), load(t, s).Sections); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			save(t, s, sections("3"))
			if diff := cmp.Diff(sections("3"), load(t, s).Sections); diff != "" {
				t.Errorf("after the next save (-want +got)\n%s", diff)
			}
		})
	}
}

func TestSaveThatFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	err := checkpoint.NewStore(dir).Save(sections("1"))
	var hinted interface{ Hint() string }
	if !errors.Is(err, os.ErrNotExist) || !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), dir) {
		t.Errorf("got %v", err)
	}
}

// Any bytes: Load neither panics nor believes what has no right checksum.
func FuzzLoad(f *testing.F) {
	f.Add([]byte("logcap-checkpoint 1 e934a84adb052768 2\n{}"))
	f.Add([]byte("logcap-checkpoint 1 0 9999999999999999999\n"))
	f.Add([]byte("logcap-checkpoint 99999999999999999999 0 0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "checkpoint.json"), data)
		l, err := checkpoint.NewStore(dir).Load(when)
		if err != nil {
			t.Fatal(err)
		}
		if l.Fresh || l.Lost != (len(l.Corrupt) == 1) {
			t.Errorf("%+v", l)
		}
	})
}

func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
