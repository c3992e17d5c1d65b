package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// Unreachable is the error of an engine that does not answer.
type Unreachable struct {
	Host string
	Err  error
	hint string
}

func (e *Unreachable) Error() string {
	return fmt.Sprintf("connect to docker at %s: %v", e.Host, e.Err)
}
func (e *Unreachable) Unwrap() error { return e.Err }

// Hint is the next step.
func (e *Unreachable) Hint() string { return e.hint }

// unreachable says why, and what to do about it.
func (e *Engine) unreachable(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	u := &Unreachable{Host: e.host, Err: err}
	switch {
	case errors.Is(err, fs.ErrPermission) && e.network == "unix":
		u.hint = "run logcap as a member of " + groupOf(e.address) + ", or as root"
	case errors.Is(err, fs.ErrNotExist):
		u.hint = "is the engine running? DOCKER_HOST says where it listens" + others(e.address)
	case errors.Is(err, syscall.ECONNREFUSED):
		u.hint = "nothing listens there: is the engine running?" + others(e.address)
	}
	return u
}

// groupOf is the group that may use a socket, as a person would say it.
func groupOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "the socket's group"
	}
	gid, ok := groupID(info)
	if !ok {
		return "the socket's group"
	}
	if g, err := user.LookupGroupId(strconv.Itoa(gid)); err == nil {
		return "the group " + g.Name + " (usermod -aG " + g.Name + " USER)"
	}
	return "the group with id " + strconv.Itoa(gid)
}

// others names an engine that listens elsewhere, as rootless ones, Podman and those in virtual machines do; "" when there is none.
func others(than string) string {
	run := filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	sockets := []string{filepath.Join(run, "docker.sock"), filepath.Join(run, "podman/podman.sock"), "/run/podman/podman.sock"}
	if home, err := os.UserHomeDir(); err == nil {
		for _, of := range []string{".docker/run", ".docker/desktop", ".colima/default", ".orbstack/run", ".rd"} {
			sockets = append(sockets, filepath.Join(home, of, "docker.sock"))
		}
	}
	for _, s := range sockets {
		if info, err := os.Stat(s); err == nil && s != than && info.Mode().Type() == fs.ModeSocket {
			return "; another engine listens at DOCKER_HOST=unix://" + s
		}
	}
	return ""
}
