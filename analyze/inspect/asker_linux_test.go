package inspect

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/recording"
	"github.com/logcap/logcap/internal/missing"
)

// helperEnv makes the test's own binary one of the processes that are inspected.
const helperEnv = "LOGCAP_INSPECTED"

func TestMain(m *testing.M) {
	if role := os.Getenv(helperEnv); role != "" {
		help(role)
		return
	}
	goleak.VerifyTestMain(m)
}

// help waits, and on a line of standard input becomes another program.
func help(role string) {
	os.Stdout.WriteString("ready\n")
	if role == "wait" {
		select {}
	}
	bufio.NewReader(os.Stdin).ReadString('\n')
	if err := syscall.Exec(role, []string{role, "60"}, nil); err != nil {
		os.Exit(1)
	}
}

// start runs a command until the test ends and gives its first line.
func start(t *testing.T, c *exec.Cmd) (*exec.Cmd, string) {
	t.Helper()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v says nothing: %v", c.Args, err)
	}
	return c, line
}

// helper starts the test's own binary in a role.
func helper(t *testing.T, role string) *exec.Cmd {
	t.Helper()
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), helperEnv+"="+role)
	c, _ = start(t, c)
	return c
}

// healthchecks starts a daemon of testdata that leaks a connection in every check.
func healthchecks(t *testing.T, args ...string) int {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "healthchecks")
	if out, err := exec.Command("go", "build", "-C", "../../testdata", "-trimpath", "-ldflags", "-s -w", "-o", bin, "./healthchecks").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, line := start(t, exec.Command(bin, args...))
	var hello struct{ PID int }
	if err := json.Unmarshal([]byte(line), &hello); err != nil {
		t.Fatal(err)
	}
	return hello.PID
}

func open1(t *testing.T, pid int) *Asker {
	t.Helper()
	a, err := Open(pid, Options{ScanInterval: 5 * time.Millisecond, ScanShare: 1})
	if err != nil {
		if strings.Contains(err.Error(), "may not be read") {
			missing.Part(t, missing.Root, err.Error())
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// TestStripped asks a stripped daemon for everything, and follows a leaked
// connection to the loop that leads to it.
func TestStripped(t *testing.T) {
	a := open1(t, healthchecks(t, "-every", "50ms", "-server", "slow"))
	const loop = "logcap.test/programs/healthchecks/monitor.(*Monitor).Run"
	type one struct {
		parent uint64
		entry  string
		found  bool // its parent was found in the loop
	}
	births := map[uint64]one{}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		res := a.Scrape(t.Context(), recording.Births)
		if res.Failure != nil {
			t.Fatal(res.Failure)
		}
		for _, b := range res.News.Births {
			n := one{parent: b.Parent, entry: b.Entry.Func}
			for _, f := range b.Stack {
				n.found = n.found || f.Func == loop
			}
			births[b.ID] = n
		}
		followed := 0
		for _, b := range births {
			if strings.HasPrefix(b.entry, "net/http.(*persistConn).readLoop") || strings.HasPrefix(b.entry, "net/http.(*Transport).dialConn.gowrap") {
				if births[b.parent].found {
					followed++
				}
			}
		}
		if followed >= 4 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no connection was followed to %s: %+v", loop, births)
		}
	}
	for _, kind := range []recording.Kind{recording.Goroutine, recording.Stacks, recording.Pprof} {
		res := a.Scrape(t.Context(), kind)
		if res.Failure != nil {
			t.Fatal(kind, res.Failure)
		}
		s, err := goroutine.Read(strings.NewReader(string(res.Body)), goroutine.Options{})
		if err != nil || s.Total != res.Total || s.Total < 8 {
			t.Errorf("%s: %d goroutines and not %d: %v", kind, s.Total, res.Total, err)
		}
		listed := 0
		for _, st := range s.Stacks {
			listed += len(st.Goroutines)
		}
		if want := map[bool]int{true: s.Total}[kind == recording.Stacks]; listed != want {
			t.Errorf("%s lists %d goroutines, want %d", kind, listed, want)
		}
	}
	if res := a.Scrape(t.Context(), recording.Metrics); res.Failure == nil || !res.Failure.Absent() {
		t.Errorf("metrics: %v", res.Failure)
	}
	if v := a.Build().GoVersion; !strings.HasPrefix(v, "go1.") {
		t.Errorf("Go version %q", v)
	}
}

// TestEnds: what cannot answer any more says so, for good.
func TestEnds(t *testing.T) {
	t.Run("zombie", func(t *testing.T) {
		c := helper(t, "wait")
		a := open1(t, c.Process.Pid)
		c.Process.Kill()        // and nobody waits for it
		ends(t, a, "has ended") // while its threads end, it is no zombie yet
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			_, err := Moment(c.Process.Pid, false)
			if err != nil && strings.Contains(err.Error(), "is a zombie") {
				break
			}
			if err == nil || !strings.Contains(err.Error(), "has ended") || time.Now().After(deadline) {
				t.Fatalf("opened anew: %v", err)
			}
		}
	})
	t.Run("gone", func(t *testing.T) {
		c := helper(t, "wait")
		a := open1(t, c.Process.Pid)
		c.Process.Kill()
		c.Wait()
		ends(t, a, "it has ended")
		if _, err := Moment(c.Process.Pid, false); err == nil || !strings.Contains(err.Error(), "no process has this number") && !strings.Contains(err.Error(), "ended") {
			t.Errorf("opened anew: %v", err)
		}
	})
	t.Run("exec", func(t *testing.T) {
		sleep, err := exec.LookPath("sleep")
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command("/proc/self/exe")
		c.Env = append(os.Environ(), helperEnv+"="+sleep)
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		c, _ = start(t, c)
		a := open1(t, c.Process.Pid)
		in.Write([]byte("\n"))
		ends(t, a, "runs another program now")
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			_, err := Moment(c.Process.Pid, false)
			if err != nil && strings.Contains(err.Error(), "not a Go program") {
				break
			}
			if err == nil || time.Now().After(deadline) { // in the middle of the change it may be anything but read
				t.Fatalf("sleep is read: %v", err)
			}
		}
	})
}

// ends asks until the process is found to have ended.
func ends(t *testing.T, a *Asker, want string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		res := a.Scrape(t.Context(), recording.Goroutine)
		if res.Failure != nil {
			if !strings.Contains(res.Err, want) || !res.Failure.Final() || res.Snapshot != nil {
				t.Errorf("%q, final %v, want %q", res.Err, res.Failure.Final(), want)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("it answers for ever")
		}
	}
}

// TestPause: scans take no more than their share.
func TestPause(t *testing.T) {
	a := &Asker{opts: Options{}.withDefaults()}
	for _, c := range []struct{ took, want time.Duration }{
		{0, 50 * time.Millisecond},
		{time.Millisecond, 49 * time.Millisecond},
		{10 * time.Millisecond, 490 * time.Millisecond},
	} {
		if got := a.pause(c.took); got.Round(time.Microsecond) != c.want {
			t.Errorf("after %v: %v, want %v", c.took, got, c.want)
		}
	}
	a.opts.Force = true
	if got := a.pause(time.Second); got != DefaultScanInterval {
		t.Errorf("forced: %v", got)
	}
}
