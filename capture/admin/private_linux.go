package admin

import "syscall"

// private gives a unix socket its mode before it has a name. Changing it
// afterwards would leave a moment in which others can connect, and stay.
func private(_, _ string, c syscall.RawConn) error {
	var failed error
	if err := c.Control(func(fd uintptr) { failed = syscall.Fchmod(int(fd), 0o600) }); err != nil {
		return err
	}
	return failed
}
