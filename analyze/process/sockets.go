package process

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// socket is one line of a socket table.
type socket struct {
	kind  Kind
	state string
	inode uint64
	// local and peer are names; "" where there is none, as on the side of a
	// unix connection that connects.
	local, peer string
	port        uint16 // local
	peerInode   uint64 // of a unix socket
	// incoming: the other side connected.
	incoming bool
}

// sockets are the sockets of one process, by inode, as they are found.
type sockets struct {
	wanted map[uint64]bool // not found yet
	found  map[uint64]socket
	// listening are the local ports of the name space on which somebody
	// listens: a connection from one of them came in.
	listening map[uint16]bool
}

func newSockets(descriptors []Descriptor) *sockets {
	s := &sockets{wanted: map[uint64]bool{}, found: map[uint64]socket{}, listening: map[uint16]bool{}}
	for _, d := range descriptors {
		if d.Kind == Socket && d.inode != 0 {
			s.wanted[d.inode] = true
		}
	}
	return s
}

func (s *sockets) add(one socket) {
	if s.wanted[one.inode] {
		delete(s.wanted, one.inode)
		s.found[one.inode] = one
	}
}

// attach tells every descriptor what its socket is.
func (s *sockets) attach(descriptors []Descriptor) {
	for i := range descriptors {
		d := &descriptors[i]
		one, ok := s.found[d.inode]
		if !ok || d.Kind != Socket {
			continue
		}
		if one.kind == TCP && one.state != stateListen && s.listening[one.port] {
			one.incoming = true
		}
		d.attach(one)
	}
}

const (
	stateListen      = "listen"
	stateEstablished = "established"
)

// tcpState is a number of include/net/tcp_states.h in the words of ss(8).
func tcpState(n uint64) string {
	names := []string{"", stateEstablished, "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2", "time-wait", "close", "close-wait", "last-ack", stateListen, "closing", "syn-recv"}
	if n < uint64(len(names)) {
		return names[n]
	}
	return ""
}

// maxTable bounds one socket table in bytes: a machine with 200,000 connections has 30 MB.
const maxTable = 64 << 20

// eachRow calls row with the fields of every line but the heading, while it is wanted.
func eachRow(r io.Reader, row func(fields []string) bool) error {
	lines := bufio.NewScanner(io.LimitReader(r, maxTable))
	lines.Buffer(nil, 64<<10)
	for n := 0; lines.Scan(); n++ {
		if n > 0 && !row(strings.Fields(lines.Text())) {
			return nil
		}
	}
	return lines.Err()
}

// readInet reads /proc/net/tcp, udp or raw, and their kin for IPv6. Listening
// sockets come first in them, so reading ends when all that is wanted is found.
func (s *sockets) readInet(r io.Reader, kind Kind) error {
	return eachRow(r, func(f []string) bool {
		if len(f) < 10 {
			return true
		}
		inode, err := strconv.ParseUint(f[9], 10, 64)
		number, bad := strconv.ParseUint(f[3], 16, 8)
		if err != nil || bad != nil {
			return true
		}
		local, err := inetAddress(f[1])
		if err != nil {
			return true
		}
		one := socket{kind: kind, inode: inode, local: addressName(local), port: local.Port()}
		if kind == TCP {
			one.state = tcpState(number)
			s.listening[one.port] = s.listening[one.port] || one.state == stateListen
		}
		if remote, err := inetAddress(f[2]); err == nil && remote.Port() != 0 {
			one.peer = addressName(remote)
		}
		s.add(one)
		return len(s.wanted) > 0
	})
}

// inetAddress reads "0100007F:1F90": words of 32 bits in this machine's byte
// order, each printed as a number, and the port as one.
func inetAddress(text string) (netip.AddrPort, error) {
	host, port, ok := strings.Cut(text, ":")
	p, err := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil {
		return netip.AddrPort{}, fmt.Errorf("no address: %q", text)
	}
	b, err := hex.DecodeString(host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	for i := 0; i+4 <= len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	ip, ok := netip.AddrFromSlice(b)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("no address: %q", text)
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(p)), nil
}

// addressName leaves the address out that stands for all.
func addressName(a netip.AddrPort) string {
	if a.Addr().IsUnspecified() {
		return ":" + strconv.Itoa(int(a.Port()))
	}
	return a.String()
}

// readUnix reads /proc/net/unix (unix(7)), which knows no peers: a connection
// that came in has the name it came in at, one that went out has none.
func (s *sockets) readUnix(r io.Reader) error {
	const listens = 1 << 16 // the flag __SO_ACCEPTCON
	return eachRow(r, func(f []string) bool {
		if len(f) < 7 {
			return true
		}
		flags, e1 := strconv.ParseUint(f[3], 16, 32)
		state, e2 := strconv.ParseUint(f[5], 16, 8)
		inode, e3 := strconv.ParseUint(f[6], 10, 64)
		if e1 != nil || e2 != nil || e3 != nil {
			return true
		}
		one := socket{kind: Unix, inode: inode, local: strings.Join(f[7:], " ")}
		switch {
		case flags&listens != 0:
			one.state = stateListen
		case state == 3: // SS_CONNECTED
			one.state, one.incoming = stateEstablished, one.local != ""
		}
		s.add(one)
		return len(s.wanted) > 0
	})
}

// readOthers reads a table whose last column is the inode and of which nothing else matters.
func (s *sockets) readOthers(r io.Reader, kind Kind) error {
	return eachRow(r, func(f []string) bool {
		if len(f) > 0 {
			if inode, err := strconv.ParseUint(f[len(f)-1], 10, 64); err == nil {
				s.add(socket{kind: kind, inode: inode})
			}
		}
		return len(s.wanted) > 0
	})
}

// addUnix takes the kernel's answer on all unix sockets of the name space.
func (s *sockets) addUnix(all []socket) {
	names := make(map[uint64]string, len(all))
	for _, one := range all {
		names[one.inode] = one.local
	}
	for _, one := range all {
		switch {
		case one.state == stateListen || one.peerInode == 0:
		case names[one.peerInode] != "":
			one.peer = names[one.peerInode]
		default: // who came in has no name of its own
			one.incoming = one.local != ""
		}
		s.add(one)
	}
}

// unixName reads a socket's name: a path, or what follows a zero byte.
func unixName(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if b[0] == 0 {
		return "@" + string(b[1:])
	}
	if end := slices.Index(b, 0); end >= 0 {
		b = b[:end]
	}
	return string(b)
}
