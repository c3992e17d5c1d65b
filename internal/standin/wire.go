package standin

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// wire is the connection of an answer that goes on: a log or events.
type wire struct {
	e       *Engine
	conn    net.Conn
	log     bool
	left    atomic.Int64  // bytes until it is cut; -1: it is not
	stalled atomic.Bool   // what there is is not sent
	wake    chan struct{} // has a place for one
	gone    chan struct{} // closed when the other side has gone, or close was called
	reader  sync.WaitGroup
}

// errCut is a connection that was cut on purpose.
var errCut = errors.New("the connection was cut")

// open begins an answer of unknown length on a connection that was a request's.
func (e *Engine) open(conn net.Conn, kind string, log bool) (*wire, error) {
	w := &wire{e: e, conn: conn, log: log, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	w.left.Store(-1)
	head := "HTTP/1.1 200 OK\r\n"
	for name, value := range headers {
		head += name + ": " + value + "\r\n"
	}
	if kind != "" {
		head += "Content-Type: " + kind + "\r\n"
	}
	head += "Date: " + e.opt.Now().UTC().Format(http.TimeFormat) + "\r\nTransfer-Encoding: chunked\r\n\r\n"
	if _, err := io.WriteString(conn, head); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	w.reader.Go(func() {
		_, _ = io.Copy(io.Discard, conn) // nothing is expected but the end
		close(w.gone)
	})
	if !e.add(w) {
		w.end()
		return nil, errCut
	}
	return w, nil
}

// send writes b, or as much of it as comes before a cut.
func (w *wire) send(b []byte) error {
	left := w.left.Load()
	if left < 0 || left > int64(len(b)) {
		_, err := w.conn.Write(b)
		if left > 0 {
			w.left.CompareAndSwap(left, left-int64(len(b)))
		}
		return err
	}
	_, err := w.conn.Write(b[:left])
	if err == nil {
		w.e.cut.Add(1)
		err = errCut
	}
	return err
}

// stir has the one who sends look again.
func (w *wire) stir() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// wait waits until there may be something to send; no when the connection has ended.
func (w *wire) wait() bool {
	select {
	case <-w.wake:
		return true
	case <-w.gone:
		return false
	}
}

// close ends the connection without a word.
func (w *wire) close() { _ = w.conn.Close() }

// end closes the connection and waits for its reader.
func (w *wire) end() {
	w.e.remove(w)
	w.close()
	w.reader.Wait()
}

// lastChunk ends an answer as it should.
const lastChunk = "0\r\n\r\n"
