package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// profileSeconds is less than posting a GiB takes. What the others do not need of it is idle, and not in the profile.
const profileSeconds = 4

// shownFunctions is how many functions of the profile are printed.
const shownFunctions = 30

// profile takes a CPU profile of logcap while it reads the log and sends it on, and prints its top.
// Time in the kernel is that of Syscall6 in it.
func profile(ctx context.Context, o options, dir, log string) (err error) {
	to := "null"
	switch o.to {
	case "null":
	case "file":
		to = "file=" + filepath.Join(dir, "profile.log")
	case "http", "loki":
		address, stop, err := startReceiver(ctx)
		if err != nil {
			return err
		}
		defer stop()
		to = o.to + "=http://" + address
	default:
		return fmt.Errorf("-to %s is none of http, loki, file, null", o.to)
	}
	if err := takeProfile(ctx, o, dir, log, to); err != nil {
		return err
	}
	top := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-nodecount", strconv.Itoa(shownFunctions), o.bin, o.profile)
	top.Stdout, top.Stderr = os.Stdout, os.Stderr
	return top.Run()
}

// takeProfile runs logcap with its endpoint and asks it for the profile.
func takeProfile(ctx context.Context, o options, dir, log, to string) (err error) {
	sock := filepath.Join(dir, "profile.sock")
	logcap := exec.CommandContext(ctx, o.bin, "capture", log, "--from-start", "--listen", "unix:"+sock, "--to", to)
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
