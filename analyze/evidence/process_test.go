package evidence

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/analyze"
)

func TestReadProcess(t *testing.T) {
	got, err := ReadProcess(strings.NewReader(`{"started":"2026-01-02T03:04:05Z","descriptors":30000,"descriptor_limit":65536,"memory_bytes":1048576,"threads":9,"every":2,
"groups":[{"kind":"unix","relation":"to","name":"/run/engine\u001b[31m.sock","n":20000,"states":{"established":20000}},
{"kind":"file","relation":"in","name":"/etc","path":"/etc/app.yaml","n":2},{"kind":"pipe","n":4}],"warnings":["net/tcp cannot be read:\nno"]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &analyze.Usage{Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Descriptors: 30000, Limit: 65536, Memory: 1 << 20, Threads: 9, Sampled: true,
		Groups:   []analyze.Held{{Kind: "unix", Relation: "to", Name: `/run/engine\x1b[31m.sock`, N: 20000}, {Kind: "file", Relation: "in", Name: "/etc", Path: "/etc/app.yaml", N: 2}, {Kind: "pipe", N: 4}},
		Warnings: []string{`net/tcp cannot be read:\nno`}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if _, err := ReadProcess(strings.NewReader("{")); err == nil {
		t.Error("half a reading was read")
	}
}
