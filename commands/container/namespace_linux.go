package container

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/user"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// dialled is what came of dialling.
type dialled struct {
	conn net.Conn
	err  error
}

// dialWithin connects to an address in another network namespace. A socket belongs
// to the namespace of the thread that makes it: one thread enters, makes it, and ends.
func dialWithin(ctx context.Context, namespace string, to netip.AddrPort) (net.Conn, error) {
	result := make(chan dialled, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			result <- dialFrom(ctx, namespace, to)
			return // never unlocked: with the goroutine the thread ends
		}
		// The process's first thread cannot end, and /proc/self is what it sees: while it is held, the next goroutine has another.
		defer runtime.UnlockOSThread()
		other := make(chan dialled, 1)
		go func() {
			runtime.LockOSThread()
			other <- dialFrom(ctx, namespace, to)
		}()
		result <- <-other
	}()
	r := <-result // the dialling ends with ctx
	return r.conn, r.err
}

// dialFrom leaves this thread in the namespace.
func dialFrom(ctx context.Context, namespace string, to netip.AddrPort) dialled {
	if err := enter(namespace); err != nil {
		return dialled{nil, err}
	}
	// Of one address that is no name, Dial makes the socket in this goroutine.
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", to.String())
	return dialled{conn, err}
}

// enter puts this thread into a network namespace.
func enter(namespace string) error {
	f, err := os.Open(namespace)
	if err != nil {
		return fmt.Errorf("open the network namespace: %w", err)
	}
	defer f.Close()
	if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the network namespace: %w", err)
	}
	return nil
}

// owner is the user and the group of a process, as a person would say it: both have to be
// logcap's, or the kernel lets it not look (ptrace(2), "ptrace access mode checking").
func owner(info fs.FileInfo) string {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "as the user of its processes"
	}
	id := strconv.FormatUint(uint64(s.Uid), 10)
	name := id
	if u, err := user.LookupId(id); err == nil {
		name = u.Username
	}
	return fmt.Sprintf("as its user %s with the group %d", name, s.Gid)
}
