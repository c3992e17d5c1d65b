package commands

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/logcap/logcap/internal/missing"
)

const diskConfig = "state: {dir: DIR/state}\ndrain_timeout: 1s\nsources: {file: {paths: DIR/a.log, from_start: true}}\n" +
	"sinks:\n  out: {type: file, path: DIR/out.jsonl, queue: {in: disk, sync: always}}\n"

// A queue that cannot be written ends the start with one line, and a reload with a refusal.
func TestCaptureWithQueueOnReadOnlyDisk(t *testing.T) {
	disk := missing.Disk(t, "256k")
	dir := t.TempDir()
	r := &reloading{&running{t: t}, dir, filepath.Join(dir, "logcap.yaml")}
	queues := filepath.Join(dir, "state", queueDir)
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "state"), 0o700), os.Symlink(disk, queues)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "a.log"), "one\n")
	r.put(diskConfig)
	r.running = startLogcap(t, nil, "capture", "-c", r.file)
	const refused = `open queue "DIR/state/queue/NAME": read-only file system`
	want := strings.NewReplacer("DIR", dir, "NAME", "out").Replace("logcap: " + refused + "\nhint: name a directory that can be written to with --state\n")
	if err := r.cmd.Wait(); err == nil || r.cmd.ProcessState.ExitCode() != 1 || r.err.String() != want {
		t.Errorf("%v, %q, want %q", err, r.err.String(), want)
	}

	r.put(strings.Replace(diskConfig, ", queue: {in: disk, sync: always}", "", 1))
	r.running = startLogcap(t, nil, "capture", "-c", r.file)
	c := &control{t: t, address: r.located("state")}
	eventually(t, "the first line", func() bool { return contains(filepath.Join(dir, "out.jsonl"), "one") })
	r.put(strings.Replace(diskConfig, ", queue: {in: disk, sync: always}", "", 1) + "  more: {type: null, queue: {in: disk}}\n")
	c.reload(422, strings.NewReplacer("DIR", dir, "NAME", "more").Replace(refused))
	write(t, filepath.Join(dir, "a.log"), "two\n")
	eventually(t, "a line after the refusal", func() bool { return contains(filepath.Join(dir, "out.jsonl"), "two") })
	if code, _ := r.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, r.err.String())
	}
}

// A full disk holds the source up, which is told, and it goes on by itself when there is room.
func TestCaptureWithQueueOnFullDisk(t *testing.T) {
	disk := missing.Disk(t, "256k")
	dir := t.TempDir()
	r := &reloading{&running{t: t}, dir, filepath.Join(dir, "logcap.yaml")}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "state"), 0o700), os.Symlink(disk, filepath.Join(dir, "state", queueDir))); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "a.log"), "one\n")
	r.put(diskConfig)
	r.running = startLogcap(t, nil, "capture", "-c", r.file)
	c := &control{t: t, address: r.located("state")}
	out := filepath.Join(dir, "out.jsonl")
	eventually(t, "the first line", func() bool { return contains(out, "one") })
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk did not become full: %v", err)
	}
	write(t, filepath.Join(dir, "a.log"), strings.Repeat(strings.Repeat("x", 200)+"\n", 500)+"last\n")
	r.says("write to the queue: ")
	r.says("no space left on device\nhint: make room on the disk of the --state directory")
	if code, text := c.ask("GET", "/health", nil); code != 503 || !strings.Contains(text, "no space left") {
		t.Errorf("%d %s", code, text)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the last line", func() bool { return contains(out, "last") })
	eventually(t, "all is well", func() bool { code, _ := c.ask("GET", "/health", nil); return code == 200 })
	if code, _ := r.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, r.err.String())
	}
	if b, err := os.ReadFile(out); err != nil || strings.Count(string(b), "\n") != 502 {
		t.Errorf("%v, %d lines", err, strings.Count(string(b), "\n"))
	}
}
