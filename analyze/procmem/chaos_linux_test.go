package procmem

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// ending is a process of scripts/chaos/target: 1,000 goroutines that come and
// go, until a byte on its standard input ends it as it was told.
type ending struct {
	cmd    *exec.Cmd
	in     io.Writer
	reader *Reader
}

func startEnding(t *testing.T, bin string, args ...string) *ending {
	t.Helper()
	e := &ending{cmd: exec.Command(bin, args...)}
	in, err := e.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	e.in = in
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	reaped := make(chan struct{})
	go func() {
		defer close(reaped)
		_ = e.cmd.Wait() // it ends in all ways
	}()
	t.Cleanup(func() {
		if err := e.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		<-reaped
	})
	if err != nil || line != "ready\n" {
		t.Fatalf("the target said %q: %v", line, err)
	}
	if e.reader, err = OpenPID(e.cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.reader.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// TestEndWithinReading: in mid-scan the process ends or begins another program.
// What was given before is right, nothing is given behind it, and the error
// says which it was. scripts/chaos does it at random moments, 10,000 times.
func TestEndWithinReading(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "target")
	if out, err := exec.Command("go", "build", "-o", bin, "../../scripts/chaos/target").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for name, tt := range map[string]struct {
		args []string
		kill bool
		want error
	}{
		"exits":           {[]string{"-fate", "exit"}, false, ErrGone},
		"is killed":       {nil, true, ErrGone},
		"panics":          {[]string{"-fate", "panic"}, false, ErrGone},
		"throws":          {[]string{"-fate", "fatal"}, false, ErrGone},
		"begins anew":     {[]string{"-fate", "exec", "-exec", bin + " -still"}, false, ErrReplaced},
		"becomes a sleep": {[]string{"-fate", "exec", "-exec", "sleep 60"}, false, ErrReplaced},
	} {
		t.Run(name, func(t *testing.T) {
			e := startEnding(t, bin, tt.args...)
			end := func() {
				if tt.kill {
					if err := e.cmd.Process.Kill(); err != nil {
						t.Fatal(err)
					}
				} else if _, err := e.in.Write([]byte{1}); err != nil {
					t.Fatal(err)
				}
				untilEnded(t, e.reader.mem, tt.want)
			}
			batches := 0
			_, err := e.reader.Scan(func([]G) error {
				if batches++; batches == 1 {
					end()
				}
				return nil
			})
			// A list of one batch was read whole before.
			if batches != 1 || err != nil && !errors.Is(err, tt.want) {
				t.Errorf("%d batches, and the scan says %v", batches, err)
			}
			for what, read := range map[string]func() error{
				"scan":      func() error { _, err := e.reader.Scan(func([]G) error { t.Error("a batch"); return nil }); return err },
				"snapshot":  func() error { _, _, err := e.reader.Snapshot(Options{}); return err },
				"one stack": func() error { _, err := e.reader.Stack(0xc000000000, 1); return err },
			} {
				if err := read(); !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", what, err, tt.want)
				}
			}
		})
	}
}

// untilEnded waits until the memory is another's or nobody's.
func untilEnded(t *testing.T, m Memory, want error) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if err := m.Read(nil); err != nil {
			if !errors.Is(err, want) {
				t.Errorf("its end is %v, want %v", err, want)
			}
			return
		}
	}
	t.Fatal("it does not end")
}

// TestReusedNumber: a process with the same number that began at another time is
// another one, which is no new program of the first.
func TestReusedNumber(t *testing.T) {
	g, err := openGuard(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer g.mem.Close()
	if err := g.check(); err != nil {
		t.Errorf("this process runs: %v", err)
	}
	if err := g.ended(); !errors.Is(err, ErrReplaced) {
		t.Errorf("its memory is gone and it runs: %v, want %v", err, ErrReplaced)
	}
	g.started = []byte("1")
	if err := g.ended(); !errors.Is(err, ErrGone) {
		t.Errorf("it began at another time: %v, want %v", err, ErrGone)
	}
}
