package main

import (
	"bytes"
	"fmt"
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
	id     string
	image  string
	rate   int
	rotate string
	judge  *faults.Judge
	names  []string
	made   int
	did    map[string]int
	said   string // directory in which writers say how much they have written
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
	args := []string{"run", "-d", "--name", name, "--label", label + "=" + f.id, "-v", f.said + ":/said"}
	if f.rotate == "" {
		args = append(args, "--log-opt", "max-size=1t", "--log-opt", "max-file=1") // whatever the engine's own setting is
	} else { // and every second one packs what it has rotated
		args = append(args, "--log-opt", "max-size="+f.rotate, "--log-opt", "max-file=5", "--log-opt", "compress="+strconv.FormatBool(f.made%2 == 0))
	}
	if _, err := docker(append(args, f.image, name, strconv.Itoa(f.rate), "/said")...); err != nil {
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

// remove stops a container, and removes it when there was time to read its log:
// what is removed with it nobody can read.
func (f *fleet) remove(i int) error {
	name := f.names[i]
	f.names = append(f.names[:i:i], f.names[i+1:]...)
	if _, err := docker("stop", "-t", "2", name); err != nil {
		return err
	}
	time.Sleep(3 * time.Second)
	_, err := docker("rm", "-f", name)
	return err
}

// end stops all, and tells the judge what to expect: what the writers have said.
func (f *fleet) end() error {
	for _, name := range f.names {
		if _, err := docker("stop", "-t", "2", name); err != nil {
			return err
		}
	}
	writers, err := os.ReadDir(f.said)
	if err != nil {
		return err
	}
	for _, w := range writers {
		text, err := os.ReadFile(filepath.Join(f.said, w.Name()))
		if err != nil {
			return err
		}
		if len(text) == 0 {
			continue // it has not written anything
		}
		n, err := strconv.ParseUint(string(text), 10, 64)
		if err != nil {
			return err
		}
		f.judge.Expect(w.Name(), n)
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
