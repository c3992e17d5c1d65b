//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// process is a running target.
type process struct {
	cmd     *exec.Cmd
	in      io.Closer
	address string
}

// usage is what the target says of itself; see target/main.go.
type usage struct {
	Goroutines uint64
	Pauses     []uint64
	Bounds     []float64
	Beats      beats
}

// beats are of a heart that beats every 200 µs.
type beats struct {
	N               int
	Median, Longest time.Duration
	Late            int
}

// build makes the target and logcap itself.
func (m *measurer) build() error {
	for name, pkg := range map[string]string{"target": "./scripts/memory/target", "logcap": "./cmd/logcap"} {
		if out, err := exec.Command("go", "build", "-o", filepath.Join(m.dir, name), pkg).CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
		}
	}
	return nil
}

func (m *measurer) start(args ...string) (*process, error) {
	p := &process{cmd: exec.Command(filepath.Join(m.dir, "target"), args...)}
	p.cmd.Stderr = m.progress
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	p.in = in
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(err, p.end())
	}
	p.address = strings.TrimSpace(line)
	return p, nil
}

func (p *process) end() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }

func (p *process) usage() (usage, error) {
	var u usage
	resp, err := http.Get("http://" + p.address + "/usage")
	if err != nil {
		return u, err
	}
	defer resp.Body.Close()
	return u, json.NewDecoder(resp.Body).Decode(&u)
}

// dump asks for all stacks as text, and says how many bytes came.
func (p *process) dump() (int64, error) {
	resp, err := http.Get("http://" + p.address + "/debug/pprof/goroutine?debug=2")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return io.Copy(io.Discard, resp.Body)
}

// cost is what a child took in all, its start included.
type cost struct {
	done
	CPU, Wall time.Duration
}

// child runs a job in a process of its own.
func (m *measurer) child(j job) (cost, error) {
	arg, err := json.Marshal(j)
	if err != nil {
		return cost{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return cost{}, err
	}
	cmd := exec.Command(self, "-child", string(arg))
	cmd.Stderr = m.progress
	start := time.Now()
	out, err := cmd.Output()
	if err != nil {
		return cost{}, fmt.Errorf("%s in a process of its own: %w", j.What, err)
	}
	c := cost{Wall: time.Since(start), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	return c, json.Unmarshal(out, &c.done)
}

// version is the peak of `logcap version`, in bytes: an upper bound, because
// what the kernel tells of an ended process counts this one's memory at its start too.
func (m *measurer) version() (int64, error) {
	cmd := exec.Command(filepath.Join(m.dir, "logcap"), "version")
	if err := cmd.Run(); err != nil {
		return 0, err
	}
	return cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10, nil
}
