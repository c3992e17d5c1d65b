package stun

import (
	"errors"
	"net"
	"sync"
	"time"
)

// Serve answers packets of conn until it is closed. A packet that may take no time is dropped, as busy servers do.
func Serve(conn net.PacketConn) error {
	var answering sync.WaitGroup
	defer answering.Wait()
	buf := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		q, err := decode(buf[:n])
		if err != nil || q.Kind != Binding || q.Work == 0 {
			continue
		}
		answering.Go(func() {
			time.Sleep(time.Duration(q.Work) * time.Millisecond)
			conn.WriteTo(Packet{Kind: Response, ID: q.ID}.encode(), from)
		})
	}
}
