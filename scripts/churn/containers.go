package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

// label is on every container and image of this program, so that what a killed run has left is found.
const label = "logcap.churn"

// fleet is the containers, as they should be.
type fleet struct {
	id    string
	image string
	rate  int
	judge *faults.Judge
	names []string
	made  int
	did   map[string]int
	last  map[string]uint64 // the largest number of each writer
}

// docker runs the engine's own command line, which does not go through the proxy.
func docker(args ...string) (string, error) {
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", args[0], err, bytes.TrimSpace(out))
	}
	return strings.TrimSpace(string(out)), nil
}

// build makes the image, from scratch.
func (f *fleet) build(dir string) error {
	bin := exec.Command("go", "build", "-o", filepath.Join(dir, "talker"), "./scripts/churn/talker")
	bin.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := bin.CombinedOutput(); err != nil {
		return fmt.Errorf("build talker: %w: %s", err, out)
	}
	text := "FROM scratch\nCOPY talker /talker\nENTRYPOINT [\"/talker\"]\n"
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o644); err != nil {
		return err
	}
	f.image = "logcap-churn:" + f.id
	_, err := docker("build", "-q", "--label", label, "-t", f.image, dir)
	return err
}

// add starts one more container.
func (f *fleet) add() error {
	f.made++
	name := fmt.Sprintf("logcap-churn-%s-%d", f.id, f.made)
	if _, err := docker("run", "-d", "--name", name, "--label", label+"="+f.id, f.image, name, strconv.Itoa(f.rate)); err != nil {
		return err
	}
	f.names = append(f.names, name)
	return nil
}

// churn does something to one of them.
func (f *fleet) churn() error {
	i := rand.IntN(len(f.names))
	name := f.names[i]
	what := []string{"restart", "restart", "replace", "replace", "rename", "pause"}[rand.IntN(6)]
	f.did[what]++
	switch what {
	case "restart":
		_, err := docker("restart", "-t", "2", name)
		return err
	case "rename":
		f.made++
		to := fmt.Sprintf("logcap-churn-%s-%d", f.id, f.made)
		f.names[i] = to
		_, err := docker("rename", name, to)
		return err
	case "pause":
		if _, err := docker("pause", name); err != nil {
			return err
		}
		time.Sleep(time.Second)
		_, err := docker("unpause", name)
		return err
	}
	if err := f.remove(i); err != nil {
		return err
	}
	return f.add()
}

// remove stops a container, notes what it has written, and removes it when
// there was time to read it: what is removed with its log nobody can read.
func (f *fleet) remove(i int) error {
	name := f.names[i]
	f.names = append(f.names[:i:i], f.names[i+1:]...)
	if _, err := docker("stop", "-t", "2", name); err != nil {
		return err
	}
	if err := f.account(name); err != nil {
		return err
	}
	time.Sleep(3 * time.Second)
	_, err := docker("rm", "-f", name)
	return err
}

// account expects every line that the engine has of a container.
func (f *fleet) account(name string) error {
	cmd := exec.Command("docker", "logs", name)
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	ended := make(chan error, 1)
	go func() {
		err := cmd.Run()
		w.CloseWithError(err)
		ended <- err
	}()
	lines := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if writer, n, whole, ours := faults.ParseLine(line); ours && whole {
			f.last[writer] = max(f.last[writer], n)
		}
		if err != nil {
			break
		}
	}
	return <-ended
}

// end stops all, and tells the judge what to expect.
func (f *fleet) end() error {
	for _, name := range f.names {
		if _, err := docker("stop", "-t", "2", name); err != nil {
			return err
		}
		if err := f.account(name); err != nil {
			return err
		}
	}
	for writer, n := range f.last {
		f.judge.Expect(writer, n)
	}
	return nil
}

// clean removes what this program has made, whatever it is.
func (f *fleet) clean() error {
	ids, err := docker("ps", "-aq", "--filter", "label="+label+"="+f.id)
	if err != nil {
		return err
	}
	if ids != "" {
		if _, err := docker(append([]string{"rm", "-f"}, strings.Fields(ids)...)...); err != nil {
			return err
		}
	}
	if f.image != "" {
		_, err = docker("rmi", "-f", f.image)
	}
	return err
}
