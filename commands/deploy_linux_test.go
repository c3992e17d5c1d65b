package commands

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/logcap/logcap/internal/missing"
)

const deployDir = "../deploy"

func deployed(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// buildDeployed builds the image without a registry, for as long as the test runs.
func buildDeployed(t *testing.T, f *fleet) (image string) {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(dir, "logcap"), "../cmd/logcap")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	write(t, filepath.Join(dir, "Dockerfile"), deployed(t, "Dockerfile"))
	image = f.image + "-deployed"
	f.must("build", "-q", "-t", image, dir)
	t.Cleanup(func() {
		if _, err := dockerCommand("rmi", "-f", image); err != nil {
			t.Error(err)
		}
	})
	return image
}

// health says that the engine has come to a verdict on a container.
func health(id, want string) func() bool {
	return func() bool {
		out, err := dockerCommand("inspect", "-f", "{{.State.Health.Status}}", id)
		return err == nil && out == want
	}
}

// The image's health check is the binary's own, and both
// verdicts reach the engine: what is well, and a destination that is not there.
func TestDeployedImage(t *testing.T) {
	f := newFleet(t)
	image := buildDeployed(t, f)
	// As deploy/compose.yaml has it: nothing can be written but the positions.
	run := func(to string) (id string) {
		return f.must("run", "-d", "--label", f.label, "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true",
			"-v", "/var/run/docker.sock:/var/run/docker.sock:ro", "--health-interval", "1s", "--health-retries", "1",
			image, "capture", "--docker=label="+f.label, "--from-start", "--to", to)
	}
	well, ill := run("null"), run("http=http://127.0.0.1:1/")
	f.run(nil, `out:hello\n`, "stay")
	defer func() {
		if t.Failed() {
			for _, id := range []string{well, ill} {
				logs, _ := dockerCommand("logs", id)
				why, _ := dockerCommand("inspect", "-f", "{{json .State.Health}}", id)
				t.Logf("%s\n%s", logs, why)
			}
		}
	}()
	eventually(t, "healthy", health(well, "healthy"))
	eventually(t, "unhealthy", health(ill, "unhealthy"))
	if why := f.must("inspect", "-f", "{{json .State.Health}}", ill); !strings.Contains(why, "sink http: ") {
		t.Errorf("the engine was not told why: %s", why)
	}
	f.must("stop", well)
	if code := f.must("inspect", "-f", "{{.State.ExitCode}}", well); code != "0" {
		t.Errorf("it ended with %s", code)
	}
}

// The compose file is one, and means what it says.
func TestDeployedCompose(t *testing.T) {
	compose, err := exec.LookPath("docker-compose")
	if err != nil {
		missing.Part(t, missing.Docker, err.Error())
	}
	cmd := exec.Command(compose, "-f", filepath.Join(deployDir, "compose.yaml"), "config")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"read_only: true", "image: logcap", "/var/lib/docker/containers:ro", "no-new-privileges:true", "stop_grace_period: 15s"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}

// The compose file runs as it stands, but for the image's name, what is collected and where to, and the number of
// descriptors, which an engine in a container may not raise: the engine finds it healthy, and nothing is left when it is down.
func TestDeployedComposeRuns(t *testing.T) {
	compose, err := exec.LookPath("docker-compose")
	if err != nil {
		missing.Part(t, missing.Docker, err.Error())
	}
	f := newFleet(t)
	override := filepath.Join(t.TempDir(), "override.yaml")
	write(t, override, "services:\n  logcap:\n    image: "+buildDeployed(t, f)+
		"\n    command: [capture, '--docker=label="+f.label+"', --from-start, --to, stdout]\n    labels: ['"+f.label+"']\n    healthcheck: {interval: 1s}\n    restart: 'no'\n    ulimits: {nofile: 1024}\n")
	project := "logcap-" + strings.ToLower(strings.ReplaceAll(f.image, "/", "-"))
	project = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, project)
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(compose, append([]string{"-p", project, "-f", filepath.Join(deployDir, "compose.yaml"), "-f", override}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("compose %s: %v: %s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	defer run("down", "-v", "-t", "15")
	f.run(nil, `out:hello\n`, "stay")
	run("up", "-d")
	id := run("ps", "-q")
	eventually(t, "healthy", health(id, "healthy"))
	eventually(t, "a line", func() bool {
		out, err := dockerCommand("logs", id)
		return err == nil && strings.Contains(out, "hello")
	})
}

// systemd takes the unit without a word, and finds it well fenced in.
func TestDeployedUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		missing.Part(t, missing.Systemd, err.Error())
	}
	const installed = "/usr/local/bin/logcap"
	text := deployed(t, "logcap.service")
	if strings.Count(text, installed) != 1 {
		t.Fatalf("%s is not there once", installed)
	}
	unit := filepath.Join(t.TempDir(), "logcap.service")
	write(t, unit, strings.ReplaceAll(text, installed, logcapBinary(t)))
	if out, err := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
	// Of 100, which is 10.0 in systemd's table: less is better.
	if out, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", "--threshold=20", unit).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// The command line of the unit is run as systemd does it: variables are split at blanks, and globs are logcap's own affair.
func TestDeployedCommand(t *testing.T) {
	var line string
	for l := range strings.Lines(deployed(t, "logcap.service")) {
		if after, found := strings.CutPrefix(l, "ExecStart=/usr/local/bin/logcap "); found {
			line = strings.TrimSpace(after)
		}
	}
	if !strings.Contains(line, "$LOGCAP_PATHS") {
		t.Fatalf("no paths in %q", line)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.log"), "one\n")
	args := strings.Fields(strings.ReplaceAll(line, "$LOGCAP_PATHS", filepath.Join(dir, "**/*.log")))
	state, out := filepath.Join(dir, "state"), filepath.Join(dir, "out")
	r := startLogcap(t, func(c *exec.Cmd) {
		c.Env = append(os.Environ(), "LOGCAP_STATE="+state, "LOGCAP_TO=file="+out, "LOGCAP_FROM_START=true")
	}, args...)
	eventually(t, "a line", func() bool { return contains(out, `"message":"one"`) })
	health := exec.Command(r.cmd.Path, "capture", "health")
	health.Env = append(os.Environ(), "LOGCAP_STATE="+state)
	if text, err := health.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, text)
	}
	if code, _ := r.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, r.err.String())
	}
	if text, err := os.ReadFile(filepath.Join(state, "checkpoint.json")); err != nil || !json.Valid(text[strings.IndexByte(string(text), '\n')+1:]) {
		t.Errorf("%s: %v", text, err)
	}
}
