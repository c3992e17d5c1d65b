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

// dialWithin connects to an address in another network namespace. A socket belongs
// to the namespace of the thread that makes it: one thread enters, makes it, and ends.
func dialWithin(ctx context.Context, namespace string, to netip.AddrPort) (net.Conn, error) {
	type dialled struct {
		conn net.Conn
		err  error
	}
	result := make(chan dialled, 1)
	go func() {
		// Never unlocked: the thread would go on in a foreign namespace. With the goroutine it ends.
		runtime.LockOSThread()
		if err := enter(namespace); err != nil {
			result <- dialled{nil, err}
			return
		}
		// Of one address that is no name, Dial makes the socket in this goroutine.
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", to.String())
		result <- dialled{conn, err}
	}()
	r := <-result // the dialling ends with ctx
	return r.conn, r.err
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

// owner is the user of a process, as a person would say it.
func owner(info fs.FileInfo) string {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "as the user of its processes"
	}
	id := strconv.FormatUint(uint64(s.Uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return "as the user " + u.Username
	}
	return "as the user with id " + id
}
