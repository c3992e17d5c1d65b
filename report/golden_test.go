package report

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files again")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// golden compares got with testdata/reports/name, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("..", "testdata", "reports", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got); go test ./report -update writes it again:\n%s", name, diff)
	}
}

func written(t *testing.T, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := write(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestGolden(t *testing.T) {
	for name, r := range fixtures() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".md", written(t, func(b *bytes.Buffer) error { return WriteMarkdown(b, r) }))
			golden(t, name+".json", written(t, func(b *bytes.Buffer) error { return WriteJSON(b, r) }))
			golden(t, name+".txt", written(t, func(b *bytes.Buffer) error { return WriteText(b, r, Style{Width: 100}) }))
		})
	}
}

// full is a disk without room after so many bytes.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.room {
		n := f.room
		f.room = 0
		return n, errFull
	}
	f.room -= len(p)
	return len(p), nil
}

var errFull = errors.New("no space left on device")

func TestWritersReportAFullDisk(t *testing.T) {
	r := fixtures()["several"]
	c := comparisons()["compare-fixed"]
	s := NewSites("x", snapshot())
	for name, write := range map[string]func(io.Writer) error{
		"json":         func(w io.Writer) error { return WriteJSON(w, r) },
		"md":           func(w io.Writer) error { return WriteMarkdown(w, r) },
		"text":         func(w io.Writer) error { return WriteText(w, r, Style{}) },
		"reports json": func(w io.Writer) error { return WriteReportsJSON(w, []*Report{r, r}) },
		"reports md":   func(w io.Writer) error { return WriteReportsMarkdown(w, []*Report{r, r}) },
		"reports text": func(w io.Writer) error { return WriteReportsText(w, []*Report{r, r}, Style{}) },
		"compare json": func(w io.Writer) error { return WriteCompareJSON(w, c) },
		"compare md":   func(w io.Writer) error { return WriteCompareMarkdown(w, c) },
		"compare text": func(w io.Writer) error { return WriteCompareText(w, c, Style{}) },
		"sites json":   func(w io.Writer) error { return WriteSitesJSON(w, s) },
		"sites text":   func(w io.Writer) error { return WriteSitesText(w, s, Style{}) },
	} {
		t.Run(name, func(t *testing.T) {
			var whole bytes.Buffer
			if err := write(&whole); err != nil {
				t.Fatal(err)
			}
			for _, room := range []int{0, 10, whole.Len() - 1} {
				if err := write(&full{room}); !errors.Is(err, errFull) {
					t.Errorf("with room for %d of %d bytes: %v", room, whole.Len(), err)
				}
			}
		})
	}
}
