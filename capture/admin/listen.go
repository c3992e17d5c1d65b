package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// mostUnixPath is the longest path that the address of a unix socket has room for, in bytes (unix(7)).
const mostUnixPath = 107

// AddressError is an address that cannot be listened on.
type AddressError struct {
	Address string
	Err     error
	hint    string
}

func (e *AddressError) Error() string { return fmt.Sprintf("listen on %s: %v", e.Address, e.Err) }
func (e *AddressError) Unwrap() error { return e.Err }

// Hint is the next step.
func (e *AddressError) Hint() string { return e.hint }

// listen opens the listener of an address.
func listen(address string) (net.Listener, error) {
	path, unix := strings.CutPrefix(address, "unix:")
	if !unix {
		if strings.HasPrefix(address, ":") {
			address = "localhost" + address
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			return nil, &AddressError{address, plain(err), "an address is host:port, :port for this machine alone, or unix:/path.sock"}
		}
		return l, nil
	}
	if len(path) > mostUnixPath {
		return nil, &AddressError{address, fmt.Errorf("the path has %d bytes, and a unix socket's may have %d", len(path), mostUnixPath), "take a shorter one"}
	}
	l, err := listenUnix(path)
	if err != nil && abandoned(path) {
		if os.Remove(path) == nil {
			l, err = listenUnix(path)
		}
	}
	if err != nil {
		return nil, &AddressError{address, plain(err), ""}
	}
	return l, nil
}

// listenUnix makes a socket that only its own user can open, whatever the umask is: it answers what the collector reads.
func listenUnix(path string) (net.Listener, error) {
	own := net.ListenConfig{Control: private}
	l, err := own.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil { // for systems on which private does nothing
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// abandoned says that path is a socket on which nobody listens: its collector was killed.
func abandoned(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return false
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		_ = c.Close()
	}
	return err != nil
}

// plain is the error without the address, which is told already.
func plain(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
