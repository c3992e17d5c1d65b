package faults

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Build is the logcap of this tree, built into dir, or bin when that is given. The program that calls it runs at the top of the tree.
func Build(bin, dir string) (string, error) {
	if bin != "" {
		return bin, nil
	}
	bin = filepath.Join(dir, "logcap")
	if out, err := exec.Command("go", "build", "-o", bin, "./cmd/logcap").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build logcap: %w: %s", err, out)
	}
	return bin, nil
}

// Collector is a collector in a process of its own that serves its metrics.
type Collector struct {
	Address string // of its metrics: host:port or unix:PATH
	cmd     *exec.Cmd
	once    sync.Once
	said    sync.WaitGroup
}

// StartCollector runs `bin capture args…` with env beside the environment, and waits until it serves its metrics.
// What it says besides goes to said, line by line, until End or Kill has returned.
func StartCollector(said io.Writer, bin string, env []string, args ...string) (*Collector, error) {
	c := &Collector{cmd: exec.Command(bin, append([]string{"capture"}, args...)...)}
	c.cmd.Env = append(os.Environ(), env...)
	text, err := c.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "serving http on "); ok {
			c.Address = address
			break
		}
		fmt.Fprintln(said, lines.Text())
	}
	c.said.Go(func() {
		for lines.Scan() {
			fmt.Fprintln(said, lines.Text())
		}
	})
	if c.Address == "" {
		c.Kill()
		return nil, errors.New("logcap ended before it served anything")
	}
	return c, nil
}

// PID is the process.
func (c *Collector) PID() int { return c.cmd.Process.Pid }

// Abort ends it with the stacks of all its goroutines, which go to where it says things: for one that hangs.
func (c *Collector) Abort() {
	c.once.Do(func() {
		_ = c.cmd.Process.Signal(syscall.SIGQUIT) // it may have ended
		c.said.Wait()
		_ = c.cmd.Wait() // killed: that is its error
	})
}

// Kill is kill -9. After End it does nothing.
func (c *Collector) Kill() {
	c.once.Do(func() {
		_ = c.cmd.Process.Kill() // it may have ended
		c.said.Wait()
		_ = c.cmd.Wait() // killed: that is its error
	})
}

// End is SIGTERM. It is an error when the exit code is not 0, or comes after more than most.
func (c *Collector) End(most time.Duration) (err error) {
	c.once.Do(func() {
		began := time.Now()
		if err = c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			return
		}
		c.said.Wait()
		if err = c.cmd.Wait(); err != nil {
			err = fmt.Errorf("end logcap: %w", err)
		}
		if took := time.Since(began); took > most {
			err = errors.Join(err, fmt.Errorf("logcap took %v to end", took))
		}
	})
	return err
}

// LeakWatch watches a process with logcap's other half; an error is what it suspects. args are more of its flags.
func LeakWatch(bin, address string, d time.Duration, args ...string) error {
	args = append([]string{"leak-watch", address, "--duration", d.String(), "--fail-on", "suspect"}, args...)
	if out, err := exec.Command(bin, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("logcap leak-watch: %w\n%s", err, out)
	}
	return nil
}
