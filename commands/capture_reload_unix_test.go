//go:build unix

package commands

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/logcap/logcap/internal/faults"
)

// reloading is a logcap with a configuration that is written again and again.
type reloading struct {
	*running
	dir, file string
}

// put replaces the configuration, as editors do.
func (r *reloading) put(text string) {
	r.t.Helper()
	next := r.file + ".new"
	if err := errors.Join(os.WriteFile(next, []byte(strings.ReplaceAll(text, "DIR", r.dir)), 0o600), os.Rename(next, r.file)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *reloading) hangup() {
	r.t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		r.t.Fatal(err)
	}
}

func (r *reloading) says(text string) {
	r.t.Helper()
	eventually(r.t, text, func() bool { return strings.Contains(r.err.String(), text) })
}

// A dead sink beside a live one, a file with a mistake, an address put right, a sink, a source and a route more,
// other options of a file that is being written, and a sink less: every line comes, and what is not changed gets none twice.
func TestCaptureReloads(t *testing.T) {
	dir := t.TempDir()
	j := faults.NewJudge()
	recv, err := faults.NewReceiver(j)
	if err != nil {
		t.Fatal(err)
	}
	defer recv.Close()
	one := &faults.Log{Path: filepath.Join(dir, "one.log"), Writer: "one"}
	two := &faults.Log{Path: filepath.Join(dir, "two.log"), Writer: "two"}
	defer one.Close()
	defer two.Close()
	more := func(l *faults.Log) {
		t.Helper()
		if err := l.Write(3000); err != nil {
			t.Fatal(err)
		}
	}
	arrived := func(name string, lines uint64) {
		t.Helper()
		eventually(t, fmt.Sprint(lines, " lines in ", name), func() bool {
			b, err := os.ReadFile(filepath.Join(dir, name))
			return err == nil && uint64(strings.Count(string(b), "\n")) >= lines
		})
	}
	const head = "state: {dir: DIR/state}\nsources:\n  one: {type: file, paths: DIR/one.log, from_start: true}\n"
	const live = "sinks:\n  live: {type: file, path: DIR/live.jsonl%s}\n"
	dead := func(url string) string {
		return fmt.Sprintf("  far: {type: http, url: %q, queue: {size: 64KiB}, retry: {first: 50ms, most: 1m}}\n", url)
	}
	r := &reloading{&running{t: t}, dir, filepath.Join(dir, "logcap.yaml")}
	r.put(head + fmt.Sprintf(live, "") + dead("http://127.0.0.1:1/"))
	more(one)
	r.running = startLogcap(t, nil, "capture", "-c", r.file)
	r.says("connection refused")

	r.put(head + fmt.Sprintf(live, "") + "  near: {type: htp}\n")
	r.hangup()
	r.says("logcap.yaml:6:16: sinks.near.type: there is no \"htp\"\nhint: did you mean http?; the configuration of before stays in force")
	more(one)

	r.put(head + fmt.Sprintf(live, "") + dead(recv.URL())) // the change is noticed without a signal
	r.says("in force: sink far changed")
	r.says("well again: configuration")
	arrived("live.jsonl", one.Lines())
	j.Expect("one", one.Lines())
	eventually(t, "all lines at the address that was put right", func() bool { return j.Verdict().Lost == 0 })

	more(one)
	more(two)
	r.put(head + "  two: {type: file, paths: DIR/two.log, from_start: true}\n" + fmt.Sprintf(live, ", sync: true") + dead(recv.URL()) +
		"  other: {type: file, path: DIR/other.jsonl}\n" +
		"routes:\n  - {sources: one, sinks: [live, far]}\n  - {otherwise: true, sinks: other}\n")
	r.hangup()
	r.says("in force: source two added, sink live changed, sink other added, routes changed")
	more(one)
	more(two)
	arrived("live.jsonl", one.Lines())
	arrived("other.jsonl", two.Lines())

	r.put(head + fmt.Sprintf(live, ", sync: true") + dead(recv.URL()))
	r.hangup()
	r.says("in force: source two removed, sink other removed, routes changed")
	more(one)
	more(two) // nobody reads them
	r.put("state: {dir: DIR/other}\n" + strings.SplitN(head, "\n", 2)[1] + fmt.Sprintf(live, ""))
	r.hangup()
	r.says("logcap.yaml:1:9: state.dir: it changes with a new start only")
	arrived("live.jsonl", one.Lines())
	j.Expect("one", one.Lines())
	eventually(t, "all lines far away", func() bool { return j.Verdict().Lost == 0 })
	if code, _ := r.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, r.err.String())
	}
	for _, sink := range []struct {
		file, writer string
		lines        uint64
	}{{"live.jsonl", "one", one.Lines()}, {"other.jsonl", "two", two.Lines() - 3000}} {
		j := faults.NewJudge()
		j.Expect(sink.writer, sink.lines)
		f, err := os.Open(filepath.Join(dir, sink.file))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(j.ReadLines(f), f.Close()); err != nil {
			t.Fatal(err)
		}
		if v := j.Verdict(); v.Lost+v.Doubled+v.Reordered+v.Mangled+v.Others > 0 {
			t.Errorf("%s: %+v", sink.file, v)
		}
	}
	if v := j.Verdict(); v.Lost+v.Doubled+v.Reordered+v.Mangled+v.Others > 0 {
		t.Errorf("far away: %+v", v)
	}
}
