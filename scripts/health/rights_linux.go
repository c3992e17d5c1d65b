package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const nobody = 65534

// asNobody makes the collector another user where this program may do everything.
func (t *trial) asNobody() error {
	if os.Getuid() != 0 {
		return nil
	}
	t.user = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return os.Chmod(t.dir, 0o777)
}

// rootFaults are those of disks and of file systems.
func rootFaults() []fault {
	const second = time.Second
	without := ""
	if os.Getuid() != 0 {
		without = "only root may mount a small disk, or hold up another program's reads"
	}
	return []fault{
		{name: "the disk of the state directory is full", subject: "checkpoint", soon: second, back: second, without: without, run: fullDisk("state", "--to", "null")},
		{name: "the state directory may not be written", subject: "checkpoint", soon: second, back: second, run: closedState},
		{name: "the disk of a queue is full", subject: "queue null", soon: 2 * second, back: 2 * second, without: without,
			run: fullDisk("state", "--to", "null", "--queue", "disk")},
		{name: "the disk of a file that is written is full", subject: "sink file", soon: second, back: retried, without: without, run: fullDisk("out", "--to", "file=out/all.jsonl")},
		{name: "a file system does not answer", subject: "source file stalled", soon: 9500 * time.Millisecond, back: 2 * second, without: without, run: hangingReads},
	}
}

// fullDisk fills the disk of a directory of the collector's, and makes room again.
func fullDisk(where string, args ...string) func(*trial) error {
	return func(t *trial) error {
		disk := t.path(where)
		if err := os.Mkdir(disk, 0o700); err != nil {
			return err
		}
		if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=8m,mode=0700"); err != nil {
			return fmt.Errorf("mount a small disk: %w", err)
		}
		t.atEnd(func() error { return syscall.Unmount(disk, 0) })
		if err := t.lines(1); err != nil {
			return err
		}
		if err := t.start(append([]string{"app.log", "--from-start"}, args...)...); err != nil {
			return err
		}
		if err := t.delivered(); err != nil {
			return err
		}
		time.Sleep(1500 * time.Millisecond) // a first checkpoint is there
		ballast := t.path(where + "/ballast")
		return t.measure(
			func() error {
				if err := os.WriteFile(ballast, make([]byte, 16<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
					return fmt.Errorf("the disk did not become full: %v", err)
				}
				return t.lines(1000)
			},
			func() error { return os.Remove(ballast) },
		)
	}
}

// closedState takes the right to write into the state directory away while lines come.
func closedState(t *trial) error {
	if err := errors.Join(t.asNobody(), t.lines(1)); err != nil {
		return err
	}
	if err := t.start("app.log", "--from-start", "--to", "null"); err != nil {
		return err
	}
	if err := t.delivered(); err != nil {
		return err
	}
	time.Sleep(1500 * time.Millisecond) // a first checkpoint is there
	return t.measure(
		func() error {
			if err := os.Chmod(t.path("state"), 0o500); err != nil {
				return err
			}
			return t.lines(1)
		},
		func() error { return os.Chmod(t.path("state"), 0o700) },
	)
}

// hangingReads has the kernel hold up every read of a log, by asking a listener
// that gives no answer: a file system on a server that is gone is no different to the one who reads.
func hangingReads(t *trial) error {
	if err := t.lines(1); err != nil {
		return err
	}
	if err := t.start("*.log", "--from-start", "--to", "null"); err != nil {
		return err
	}
	if err := t.delivered(); err != nil {
		return err
	}
	held := -1
	letGo := func() (err error) {
		if held >= 0 {
			err = unix.Close(held) // what waits for an answer goes on
		}
		held = -1
		return err
	}
	err := t.measure(
		func() (err error) {
			if held, err = unix.FanotifyInit(unix.FAN_CLASS_CONTENT|unix.FAN_CLOEXEC, unix.O_RDONLY|unix.O_CLOEXEC); err != nil {
				return fmt.Errorf("hold up reads: %w", err)
			}
			// Files that are open already do not ask any more: it is one that appears.
			if err := os.WriteFile(t.path("waiting"), []byte("one\n"), 0o644); err != nil {
				return err
			}
			if err := unix.FanotifyMark(held, unix.FAN_MARK_ADD, unix.FAN_ACCESS_PERM, unix.AT_FDCWD, t.path("waiting")); err != nil {
				return fmt.Errorf("hold up reads: %w", err)
			}
			return os.Rename(t.path("waiting"), t.path("more.log"))
		}, letGo)
	return errors.Join(err, letGo())
}
