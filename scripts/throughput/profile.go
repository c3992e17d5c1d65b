package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// profileSeconds is less than reading a GiB takes.
const profileSeconds = 4

// profile takes a CPU profile of logcap while it reads the log and posts it.
func profile(ctx context.Context, o options, self, dir, log string) (err error) {
	receiver := exec.CommandContext(ctx, self, "child", "receive")
	in, err := receiver.StdinPipe()
	if err != nil {
		return err
	}
	out, err := receiver.StdoutPipe()
	if err != nil {
		return err
	}
	if err := receiver.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close(), receiver.Wait()) }()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return err
	}
	sock := filepath.Join(dir, "profile.sock")
	logcap := exec.CommandContext(ctx, o.bin, "capture", log, "--from-start", "--listen", "unix:"+sock, "--to", "http=http://"+strings.TrimSpace(address)+"/")
	logcap.Stderr = os.Stderr
	if err := logcap.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, logcap.Process.Signal(syscall.SIGTERM), logcap.Wait()) }()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(sock); err == nil {
			break
		}
		if time.Now().After(end) {
			return errors.New("logcap does not listen")
		}
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", sock)
	}}}
	resp, err := client.Get(fmt.Sprintf("http://logcap/debug/pprof/profile?seconds=%d", profileSeconds))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	f, err := os.Create(o.profile)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, resp.Body)
	return errors.Join(err, f.Close())
}
