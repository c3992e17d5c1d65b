package faults

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Fault is how a Receiver fails.
type Fault string

// The ways of failing. Down has no listener; Late takes a body and answers nothing until it is over; Reset cuts the connection.
const (
	Well  Fault = "well"
	Down  Fault = "down"
	Error Fault = "500"
	Busy  Fault = "429"
	Late  Fault = "hanging"
	Reset Fault = "resetting"
)

// Receiver is an HTTP destination for JSON lines that fails as it is told and
// hands each line that it acknowledges to a Judge.
type Receiver struct {
	judge *Judge
	fault atomic.Value // Fault
	heal  chan struct{}

	mu       sync.Mutex
	address  string
	server   *http.Server
	ended    chan error
	Refused  atomic.Uint64 // requests that were not acknowledged
	Accepted atomic.Uint64
}

// NewReceiver listens on a port of loopback.
func NewReceiver(j *Judge) (*Receiver, error) {
	r := &Receiver{judge: j, address: "127.0.0.1:0", heal: make(chan struct{})}
	r.fault.Store(Well)
	return r, r.listen()
}

// URL is where lines are posted.
func (r *Receiver) URL() string { return "http://" + r.address + "/lines" }

func (r *Receiver) listen() error {
	l, err := net.Listen("tcp", r.address)
	if err != nil {
		return err
	}
	r.address = l.Addr().String()
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	r.ended = make(chan error, 1)
	go func(s *http.Server, ended chan error) { ended <- s.Serve(l) }(r.server, r.ended)
	return nil
}

// Fail makes the Receiver fail so from now on, or be Well again.
func (r *Receiver) Fail(f Fault) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.fault.Swap(f).(Fault)
	if was == Late && f != Late {
		close(r.heal)
		r.heal = make(chan struct{})
	}
	switch {
	case f == Down && was != Down:
		return r.stop()
	case f != Down && was == Down:
		return r.listen()
	}
	return nil
}

// Close ends it.
func (r *Receiver) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault.Load() == Down {
		return nil
	}
	if r.fault.Swap(Well) == Late {
		close(r.heal)
		r.heal = make(chan struct{})
	}
	return r.stop()
}

func (r *Receiver) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := r.server.Shutdown(ctx)
	if err != nil {
		err = r.server.Close()
	}
	if e := <-r.ended; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		r.Refused.Add(1)
		return
	}
	switch r.fault.Load().(Fault) {
	case Error:
		r.Refused.Add(1)
		http.Error(w, "out of order", http.StatusInternalServerError)
		return
	case Busy:
		r.Refused.Add(1)
		w.Header().Set("Retry-After", "2")
		http.Error(w, "too many", http.StatusTooManyRequests)
		return
	case Late:
		r.Refused.Add(1)
		r.mu.Lock()
		heal := r.heal
		r.mu.Unlock()
		select {
		case <-heal:
		case <-req.Context().Done():
		}
		reset(w)
		return
	case Reset:
		r.Refused.Add(1)
		reset(w)
		return
	}
	lines, err := messages(body, req.Header.Get("Content-Encoding"))
	if err != nil {
		r.Refused.Add(1)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, line := range lines {
		r.judge.Line(line)
	}
	r.Accepted.Add(1)
}

// reset ends the connection of a request without an answer.
func reset(w http.ResponseWriter) {
	h, ok := w.(http.Hijacker)
	if !ok {
		return // HTTP/2, which nobody has asked for
	}
	c, _, err := h.Hijack()
	if err != nil {
		return
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // the other side gets a reset and not an end
	}
	_ = c.Close()
}

// messages are those of a body of JSON lines; lines without a message, as the origin's, are passed over.
func messages(body []byte, encoding string) ([][]byte, error) {
	var text io.Reader = bytes.NewReader(body)
	switch encoding {
	case "zstd":
		z, err := zstd.NewReader(text)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		text = z
	case "gzip":
		z, err := gzip.NewReader(text)
		if err != nil {
			return nil, err
		}
		text = z
	}
	var all [][]byte
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		m, ok, err := message(lines.Bytes())
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, m)
		}
	}
	return all, lines.Err()
}

// message is that of one JSON line.
func message(line []byte) (text []byte, ok bool, err error) {
	var l struct{ Message *string }
	if err := json.Unmarshal(line, &l); err != nil {
		return nil, false, fmt.Errorf("%.80q: %w", line, err)
	}
	if l.Message == nil {
		return nil, false, nil
	}
	return []byte(*l.Message), true, nil
}

// ReadLines hands the messages of a file of JSON lines to a Judge. A line at the end
// without its newline counts as mangled when it is not whole.
func (j *Judge) ReadLines(r io.Reader) error {
	lines := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			m, ok, bad := message(line)
			switch {
			case bad != nil:
				j.mu.Lock()
				j.verdict.Mangled++
				j.mangled = append(j.mangled, bad.Error())
				j.mu.Unlock()
			case ok:
				j.Line(m)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
