package watch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/analyze/growth"
)

// A shell puts 10 before 2: files that state a time are taken by it, and one
// that does not follows the one given before it.
func TestFilesAreTakenByTheirTimes(t *testing.T) {
	dir := t.TempDir()
	name := func(file string) string { return filepath.Join(dir, file) }
	for file, body := range map[string]string{
		"1.log":  `{"time":"2026-01-01T00:00:00Z","goroutines":10}` + "\n" + `{"time":"2026-01-01T00:00:10Z","goroutines":11}` + "\n",
		"2.log":  `{"time":"2026-01-01T00:00:20Z","goroutines":12}` + "\n",
		"10.log": `{"time":"2026-01-01T00:00:30Z","goroutines":13}` + "\n",
		"dump":   twoSenders,
	} {
		if err := os.WriteFile(name(file), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		files []string
		want  []growth.Point
	}{
		{[]string{"1.log", "10.log", "2.log"}, []growth.Point{{T: 0, N: 10}, {T: 10, N: 11}, {T: 20, N: 12}, {T: 30, N: 13}}},
		{[]string{"10.log", "2.log"}, []growth.Point{{T: 0, N: 12}, {T: 10, N: 13}}},
		{[]string{"2.log", "dump", "1.log"}, []growth.Point{{T: 0, N: 10}, {T: 10, N: 11}, {T: 20, N: 12}, {T: 21, N: 2}}},
		{[]string{"dump", "2.log"}, []growth.Point{{T: 0, N: 2}, {T: 1, N: 12}}},
	} {
		var files []string
		for _, file := range test.files {
			files = append(files, name(file))
		}
		all, err := Load(files, From{})
		if err != nil {
			t.Fatal(err)
		}
		h := all[0].History
		if diff := cmp.Diff(test.want, h.Total); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.files, diff)
		}
		if got := h.End.Sub(h.Start).Seconds(); got != test.want[len(test.want)-1].T {
			t.Errorf("%v: a window of %g s", test.files, got)
		}
		if !slices.IsSorted(h.LogLines) {
			t.Errorf("%v: lines %q", test.files, h.LogLines)
		}
	}
}
