//go:build unix

package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/internal/missing"
)

// fleet is containers of one test on the engine of this machine.
type fleet struct {
	t     *testing.T
	label string
	image string
}

// dockerCommand runs the engine's own command line.
func dockerCommand(args ...string) (string, error) {
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", args[0], err, bytes.TrimSpace(out))
	}
	return strings.TrimSpace(string(out)), nil
}

// newFleet is containers that say something.
func newFleet(t *testing.T) *fleet {
	t.Helper()
	return fleetOf(t, "./testdata/say")
}

// fleetOf builds an image of one program, from scratch. Where no engine answers it ends the test.
func fleetOf(t *testing.T, program string) *fleet {
	t.Helper()
	e, err := engine.New(engine.FromEnvironment(os.LookupEnv))
	if err == nil {
		_, err = e.List(t.Context())
	}
	if err == nil {
		_, err = exec.LookPath("docker")
	}
	if err != nil {
		missing.Part(t, missing.Docker, err.Error())
	}
	f := &fleet{t: t, label: "logcap.test=" + strconv.FormatInt(time.Now().UnixNano(), 36)}
	f.image = "logcap-test:" + strings.TrimPrefix(f.label, "logcap.test=")
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "program"), program)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	write(t, filepath.Join(dir, "Dockerfile"), "FROM scratch\nCOPY program /program\nENTRYPOINT [\"/program\"]\n")
	f.must("build", "-q", "-t", f.image, dir)
	t.Cleanup(func() {
		ids, err := dockerCommand("ps", "-aq", "--filter", "label="+f.label)
		if err == nil && ids != "" {
			_, err = dockerCommand(append([]string{"rm", "-f", "-v"}, strings.Fields(ids)...)...)
		}
		if err == nil {
			_, err = dockerCommand("rmi", "-f", f.image)
		}
		if err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fleet) must(args ...string) string {
	f.t.Helper()
	out, err := dockerCommand(args...)
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

// run starts a container; options are docker's, program its own.
func (f *fleet) run(options []string, program ...string) (id string) {
	f.t.Helper()
	args := append([]string{"run", "-d", "--label", f.label}, options...)
	return f.must(append(append(args, f.image), program...)...)
}

// recordLine is what is looked at of a record.
type recordLine struct {
	Time, ID, Stream, Message string
	Partial, Cut              bool
}

func readRecords(t *testing.T, text []byte) []recordLine {
	t.Helper()
	var all []recordLine
	for line := range bytes.Lines(text) {
		var r recordLine
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, r)
	}
	return all
}

// What containers have written is the same over the API and from the engine's
// files: two streams, empty lines, lines in fragments and without an end, terminals.
func TestCaptureRealContainers(t *testing.T) {
	f := newFleet(t)
	long := strings.Repeat("a", 1000) + strings.Repeat("b", 1000)
	for i := 2; i < 40; i++ {
		long += strings.Repeat(string(rune('a'+i%26)), 1000)
	}
	say := []string{`out:one\n`, `err:two\r\n`, `out:\n`, "long:40000", "sleep:1200ms", `err:between\n`, `out:end\n`, `out:same\nsame\n`, `err:no end`, "stay"}
	piped := f.run(nil, say...)
	terminal := f.run([]string{"-t"}, say...)
	want := []recordLine{
		{ID: piped, Stream: "stdout", Message: "one"}, {ID: piped, Stream: "stderr", Message: "two"}, {ID: piped, Stream: "stdout"},
		{ID: piped, Stream: "stderr", Message: "between"}, {ID: piped, Stream: "stdout", Message: long + "end"},
		{ID: piped, Stream: "stdout", Message: "same"}, {ID: piped, Stream: "stdout", Message: "same"}, {ID: piped, Stream: "stderr", Message: "no end", Partial: true},
		{ID: terminal, Stream: "stdout", Message: "one"}, {ID: terminal, Stream: "stdout", Message: "two\r"}, {ID: terminal, Stream: "stdout"},
		{ID: terminal, Stream: "stdout", Message: long + "between"}, {ID: terminal, Stream: "stdout", Message: "end"},
		{ID: terminal, Stream: "stdout", Message: "same"}, {ID: terminal, Stream: "stdout", Message: "same"}, {ID: terminal, Stream: "stdout", Message: "no end", Partial: true},
	}
	var collectors []*running
	for _, read := range []string{"api", "json-file"} {
		collectors = append(collectors, startLogcap(t, nil, "capture", "--docker=label="+f.label, "--docker-read", read, "--from-start"))
	}
	arrived := func(n int) func() bool {
		return func() bool {
			for _, c := range collectors {
				if bytes.Count(c.output(), []byte("\n")) < n {
					return false
				}
			}
			return true
		}
	}
	eventually(t, "the lines that have an end", arrived(len(want)-2))
	f.must("stop", piped, terminal)
	defer func() {
		for i, c := range collectors {
			if t.Failed() {
				for _, r := range readRecords(t, c.output()) {
					t.Logf("%d: %s %s %s %.20q (%d) %v", i, r.Time, r.ID[:6], r.Stream, r.Message, len(r.Message), r.Partial)
				}
			}
		}
	}()
	eventually(t, "the others", arrived(len(want)))
	var records [2][]recordLine
	for i, c := range collectors {
		if code, _ := c.end(); code != 0 {
			t.Fatalf("exit code %d: %s", code, c.err.String())
		}
		records[i] = byContainer(readRecords(t, c.output()), piped, terminal)
	}
	if diff := cmp.Diff(records[0], records[1]); diff != "" {
		t.Errorf("the two ways of reading differ (-api +json-file):\n%s", diff)
	}
	for i := range records[0] {
		records[0][i].Time = ""
	}
	if diff := cmp.Diff(want, records[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// byContainer puts records of one container together, in their order.
func byContainer(all []recordLine, ids ...string) []recordLine {
	var sorted []recordLine
	for _, id := range ids {
		for _, r := range all {
			if r.ID == id {
				sorted = append(sorted, r)
			}
		}
	}
	return sorted
}

// Without a word of configuration the logs of all running containers come, and
// what a container writes while logcap is killed comes after it was started again.
func TestCaptureRealContainersKilled(t *testing.T) {
	f := newFleet(t)
	for _, read := range []string{"api", "json-file"} {
		id := f.run([]string{"--name", "logcap-test-" + read + "-" + strings.TrimPrefix(f.label, "logcap.test=")}, "sleep:1s", "count:400:5ms", "stay")
		plain := startLogcap(t, nil, "capture")
		state, out := filepath.Join(t.TempDir(), "state"), filepath.Join(t.TempDir(), "out.jsonl")
		args := []string{"capture", "--docker=id=" + id[:12], "--docker-read", read, "--from-start", "--state", state, "--to", "file=" + out}
		for _, line := range []string{"line 50", "line 200"} {
			r := startLogcap(t, nil, args...)
			eventually(t, line, func() bool { return contains(out, `"`+line+`"`) })
			if err := r.cmd.Process.Signal(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			_ = r.cmd.Wait()
		}
		last := startLogcap(t, nil, args...)
		eventually(t, "the last line", func() bool { return contains(out, `"line 400"`) })
		if code, _ := last.end(); code != 0 {
			t.Errorf("%s: exit code %d: %s", read, code, last.err.String())
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for _, r := range readRecords(t, text) {
			seen[r.Message]++
		}
		for n := 1; n <= 400; n++ {
			if seen[fmt.Sprint("line ", n)] == 0 {
				t.Errorf("by %s: line %d is lost", read, n)
			}
		}
		eventually(t, "a line without configuration", func() bool { return bytes.Contains(plain.output(), []byte(`"line 400"`)) })
		if code, _ := plain.end(); code != 0 {
			t.Errorf("exit code %d: %s", code, plain.err.String())
		}
	}
}
