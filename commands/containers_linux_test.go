package commands

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/logcap/logcap/internal/missing"
)

// A container is watched by its name: from its memory without an endpoint and below a
// wrapper, over an endpoint that listens on its own loopback only, and both at once.
func TestWatchRealContainers(t *testing.T) {
	if os.Getuid() != 0 {
		missing.Part(t, missing.Root, "root, to read a container's memory and enter its network")
	}
	f := fleetOf(t, "./container/testdata/guest")
	suffix := strings.TrimPrefix(f.label, "logcap.test=")
	plain, served := "logcap-test-plain-"+suffix, "logcap-test-served-"+suffix
	f.run([]string{"--name", plain, "--init"}, "idle")
	f.run([]string{"--name", served}, "pprof", "127.0.0.1:6060")
	for _, name := range []string{plain, served} {
		eventually(t, name+" is ready", func() bool { return strings.Contains(f.must("logs", name), "ready") })
	}
	sites := func(target string) (code int, out, complaint string) {
		var stdout, stderr bytes.Buffer
		code = Main([]string{"sites", target}, strings.NewReader(""), &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	for _, c := range []struct{ target, says string }{
		{"docker:" + plain, "docker:" + plain + ": its one Go process is pid:"},
		{"docker:" + served, ""},
		{"docker:" + served + ":6060", "docker:" + served + ":6060: asked at port 6060 inside its network namespace\n"},
	} {
		code, out, complaint := sites(c.target)
		if code != 0 || !strings.HasPrefix(complaint, c.says) || (c.says == "") != (complaint == "") {
			t.Errorf("%s: exit code %d: %s", c.target, code, complaint)
		}
		if !strings.HasPrefix(out, c.target+": ") || !strings.Contains(out, "   25  chan receive") || !strings.Contains(out, "main.park") {
			t.Errorf("%s: its goroutines are not shown:\n%s", c.target, out)
		}
	}
	f.must("pause", plain)
	if code, out, complaint := sites("docker:" + plain); code != 0 || !strings.Contains(out, "main.park") {
		t.Errorf("paused: exit code %d: %s%s", code, out, complaint)
	}

	f.must("unpause", plain)
	watchRestarted(t, f, plain, served)
}

// watchRestarted starts the containers again in mid-watch: the endpoint is asked on, and what was seen is judged.
func watchRestarted(t *testing.T, f *fleet, plain, served string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "rec")
	r := startLogcap(t, nil, "leak-watch", "docker:"+plain, "docker:"+served+":6060", "--interval", "100ms", "--duration", "8s", "--force", "--no-trace", "--record", dir, "-o", "json")
	eventually(t, "samples of both", func() bool {
		for _, of := range []string{"docker-" + plain, "docker-" + served + "-6060"} {
			if text, err := os.ReadFile(filepath.Join(dir, of, "index.jsonl")); err != nil || bytes.Count(text, []byte("\n")) < 5 {
				return false
			}
		}
		return true
	})
	f.must("restart", served, plain)
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, r.err.String())
	}
	for _, want := range []string{`"docker:` + plain + `"`, `"docker:` + served + `:6060"`} {
		if !bytes.Contains(r.output(), []byte(want)) {
			t.Errorf("the report has nothing of %s", want)
		}
	}
	if said := r.err.String(); !strings.Contains(said, "docker:"+served+":6060: answers again\n") {
		t.Errorf("the endpoint was not asked on: %s", said)
	}
}
