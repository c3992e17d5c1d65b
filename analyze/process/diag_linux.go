package process

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// The kernel's socket monitoring, sock_diag(7): linux/sock_diag.h and linux/unix_diag.h.
const (
	diagByFamily  = 20 // SOCK_DIAG_BY_FAMILY
	showName      = 1  // UDIAG_SHOW_NAME
	showPeer      = 4  // UDIAG_SHOW_PEER
	attributeName = 0  // UNIX_DIAG_NAME
	attributePeer = 2  // UNIX_DIAG_PEER
	unixDiagLen   = 16 // struct unix_diag_msg
)

// askWait is how long the kernel has for an answer. It needs milliseconds.
const askWait = 5 * time.Second

// askUnix lists all unix sockets of the process's network with their peers.
func (p *Process) askUnix(ctx context.Context) ([]socket, error) {
	if p.diag == nil {
		conn, err := p.dialDiag()
		if err != nil {
			return nil, err
		}
		p.diag = conn
	}
	end := time.Now().Add(askWait)
	if sooner, ok := ctx.Deadline(); ok && sooner.Before(end) {
		end = sooner
	}
	if err := p.diag.SetDeadline(end); err != nil {
		return nil, err
	}
	answers, err := p.diag.Execute(netlink.Message{
		Header: netlink.Header{Type: diagByFamily, Flags: netlink.Request | netlink.Dump},
		Data:   unixRequest(),
	})
	if err != nil {
		// Half an answer may still be under way in this one.
		err = errors.Join(fmt.Errorf("ask the kernel: %w", err), p.diag.Close())
		p.diag = nil
		return nil, err
	}
	all := make([]socket, 0, len(answers))
	for _, m := range answers {
		if one, ok := unixAnswer(m.Data); ok {
			all = append(all, one)
		}
	}
	return all, nil
}

// dialDiag opens the way to the kernel's tables in the process's network: its
// own is reached from anywhere, another one only by who may enter it.
func (p *Process) dialDiag() (*netlink.Conn, error) {
	theirs, err := p.link("ns/net")
	if err != nil {
		return nil, fmt.Errorf("its network is not known: %w", err)
	}
	if ours, err := os.Readlink("/proc/thread-self/ns/net"); err == nil && ours == theirs {
		return netlink.Dial(unix.NETLINK_SOCK_DIAG, nil)
	}
	ns, err := p.open("ns/net")
	if err != nil {
		return nil, err
	}
	defer ns.Close()
	conn, err := netlink.Dial(unix.NETLINK_SOCK_DIAG, &netlink.Config{NetNS: int(ns.Fd())})
	if err != nil {
		return nil, fmt.Errorf("enter its network, which needs CAP_SYS_ADMIN: %w", err)
	}
	return conn, nil
}

// unixRequest is a struct unix_diag_req for sockets in every state.
func unixRequest() []byte {
	b := make([]byte, 24)
	b[0] = unix.AF_UNIX
	binary.NativeEndian.PutUint32(b[4:], ^uint32(0))
	binary.NativeEndian.PutUint32(b[12:], showName|showPeer)
	return b
}

// unixAnswer reads one struct unix_diag_msg and its attributes.
func unixAnswer(b []byte) (socket, bool) {
	if len(b) < unixDiagLen {
		return socket{}, false
	}
	one := socket{kind: Unix, state: unixState(b[2]), inode: uint64(binary.NativeEndian.Uint32(b[4:]))}
	attributes, err := netlink.NewAttributeDecoder(b[unixDiagLen:])
	if err != nil {
		return socket{}, false
	}
	for attributes.Next() {
		switch attributes.Type() {
		case attributeName:
			one.local = unixName(attributes.Bytes())
		case attributePeer:
			one.peerInode = uint64(attributes.Uint32())
		}
	}
	return one, attributes.Err() == nil
}

// unixState: a unix socket that waits for nothing is "established" or closed,
// by the numbers of TCP.
func unixState(n byte) string {
	switch s := tcpState(uint64(n)); s {
	case stateListen, stateEstablished:
		return s
	}
	return ""
}
