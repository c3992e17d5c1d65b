package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

// firstLook runs logcap without any configuration and says after what time a line
// of every container of the fleet was there.
func firstLook(o *options, f *fleet) (took time.Duration, err error) {
	cmd := exec.Command(o.bin, "capture")
	cmd.Env = append(os.Environ(), "DOCKER_HOST=unix://"+o.engine)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		if e := cmd.Process.Kill(); e != nil {
			err = errors.Join(err, e)
		}
		_ = cmd.Wait() // killed: that is its error
	}()
	late := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	waiting := slices.Clone(f.names)
	lines := bufio.NewReaderSize(out, 1<<20)
	for len(waiting) > 0 {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return 0, fmt.Errorf("nothing came of %v within 30 s: %w", waiting, err)
		}
		var r struct{ Name string }
		if err := json.Unmarshal(bytes.TrimSpace(line), &r); err != nil {
			return 0, fmt.Errorf("%.100q: %w", line, err)
		}
		waiting = slices.DeleteFunc(waiting, func(name string) bool { return name == r.Name })
	}
	return time.Since(began), nil
}
