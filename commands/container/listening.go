package container

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// listening are the addresses that TCP listens on in a process's network namespace.
// Everybody may read them.
func (p proc) listening(pid int) ([]netip.AddrPort, error) {
	var all []netip.AddrPort
	for _, name := range []string{"net/tcp", "net/tcp6"} {
		text, err := os.ReadFile(p.path(pid, name))
		if errors.Is(err, fs.ErrNotExist) && name == "net/tcp6" {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, err
		}
		some, err := parseListening(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		all = append(all, some...)
	}
	return all, nil
}

// stateListen is TCP_LISTEN, as /proc writes it.
const stateListen = "0A"

// parseListening reads the kernel's table of TCP sockets: a line of titles, and a line a socket, whose
// second field is its address and the fourth its state.
// Source: https://docs.kernel.org/networking/proc_net_tcp.html
func parseListening(text []byte) ([]netip.AddrPort, error) {
	var all []netip.AddrPort
	_, text, _ = bytes.Cut(text, []byte("\n"))
	for line := range bytes.Lines(text) {
		f := strings.Fields(string(line))
		if len(f) < 4 {
			return nil, errors.New("a line is too short")
		}
		if f[3] != stateListen {
			continue
		}
		a, err := parseSocket(f[1])
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// parseSocket reads ADDRESS:PORT in hex digits: the port as a number, the address as words of 32 bits, each
// of which holds the network's bytes in memory.
func parseSocket(s string) (netip.AddrPort, error) {
	address, port, _ := strings.Cut(s, ":")
	n, err := strconv.ParseUint(port, 16, 16)
	raw, err2 := hex.DecodeString(address)
	if err != nil || err2 != nil || len(raw) != 4 && len(raw) != 16 {
		return netip.AddrPort{}, fmt.Errorf("%q is no address", s)
	}
	for i := 0; i < len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	a, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), nil
}
