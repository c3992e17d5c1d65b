// Package probe asks a port who it is.
package probe

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"logcap.test/programs/unseen/stuck-io-banner/ctxio"
)

// bannerLength is how many bytes of an answer are kept.
const bannerLength = 16

// Target is a port to ask.
type Target struct {
	Addr    string
	Delay   time.Duration // before the host answers
	Timeout time.Duration // for one round
	Rounds  int
}

// Banner returns what the port says of itself.
func Banner(ctx context.Context, t Target) (string, error) {
	conn, err := ctxio.Call(ctx, func() (net.Conn, error) { return net.Dial("tcp", t.Addr) }) // cause
	if err != nil {
		return "", fmt.Errorf("dial %s: %w", t.Addr, err)
	}
	banner := ""
	for range t.Rounds {
		if banner, err = ask(ctx, conn, t); err != nil {
			return "", fmt.Errorf("ask %s: %w", t.Addr, err)
		}
	}
	return banner, conn.Close()
}

// ask makes one round.
func ask(ctx context.Context, conn net.Conn, t Target) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, t.Timeout/time.Duration(t.Rounds)+t.Delay)
	defer cancel()
	hello := binary.BigEndian.AppendUint64(nil, uint64(t.Delay))
	if err := ctxio.Write(ctx, conn, hello); err != nil {
		return "", err
	}
	said, err := ctxio.Read(ctx, conn, bannerLength)
	return string(said), err
}

// ReadHello reads what a probe begins with.
func ReadHello(r io.Reader) (delay time.Duration, err error) {
	var hello [8]byte
	_, err = io.ReadFull(r, hello[:])
	return time.Duration(binary.BigEndian.Uint64(hello[:])), err
}
