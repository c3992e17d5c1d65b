package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Answered is the error of a request that the engine understood and refuses.
type Answered struct {
	Status int
	Text   string
}

func (e *Answered) Error() string { return fmt.Sprintf("docker answered %d: %s", e.Status, e.Text) }

// Stream is an answer that is being read, and its connection. It is for one goroutine, but for Close.
type Stream struct {
	conn  net.Conn
	br    *bufio.Reader
	body  io.Reader
	stop  func() bool
	close sync.Once
	ended bool
	after int // bytes that may follow what was read and belong to no data
}

// readSize is the buffer of a connection, in bytes: a quiet container costs this much.
const readSize = 4 << 10

// get sends a request and reads the head of its answer. When ctx ends the connection is closed.
func (e *Engine) get(ctx context.Context, path string, query url.Values) (_ *Stream, err error) {
	conn, err := e.dial(ctx)
	if err != nil {
		return nil, err
	}
	s := &Stream{conn: conn, br: bufio.NewReaderSize(conn, readSize)}
	s.stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		if err != nil {
			s.Close()
			if ctx.Err() != nil {
				err = ctx.Err()
			}
		}
	}()
	u := url.URL{Scheme: "http", Host: "docker", Path: path, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "logcap")
	req.Close = true // there is no second request: the engine need not wait for one
	if err := conn.SetDeadline(time.Now().Add(e.answer)); err != nil {
		return nil, err
	}
	asked := time.Now()
	if err := req.Write(conn); err != nil {
		return nil, e.unreachable(err)
	}
	resp, err := http.ReadResponse(s.br, req)
	if err != nil {
		return nil, e.unreachable(fmt.Errorf("read the answer: %w", err))
	}
	if v := resp.Header.Get("Api-Version"); v != "" {
		e.api.Store(&v)
	}
	e.clock.note(resp.Header.Get("Date"), asked, time.Now())
	if resp.StatusCode != http.StatusOK {
		return nil, refusal(resp)
	}
	s.body = resp.Body
	if len(resp.TransferEncoding) > 0 {
		s.after = chunkEnd
	}
	return s, conn.SetDeadline(time.Time{})
}

// refusal is what the engine says in an answer that is not 200.
func refusal(resp *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10)) // the status alone says enough
	var said struct{ Message string }
	if json.Unmarshal(text, &said) != nil || said.Message == "" {
		said.Message = http.StatusText(resp.StatusCode)
	}
	return &Answered{resp.StatusCode, said.Message}
}

// Read reads what comes next. A connection that was cut gives io.ErrUnexpectedEOF or an
// error of the network; io.EOF says that the engine has ended the answer.
func (s *Stream) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	s.ended = s.ended || err == io.EOF // which may come with the last bytes, and be dropped by who has enough
	return n, err
}

// chunkEnd is what ends a chunk, in bytes: a newline, which comes at its own time and belongs to no data.
const chunkEnd = 2

// Idle says that a Read would probably wait.
func (s *Stream) Idle() bool { return !s.ended && s.br.Buffered() <= s.after }

// Wait waits until there is something to read, and for d at most: then it says no.
// A Read afterwards goes on as if nothing had been.
func (s *Stream) Wait(d time.Duration) (bool, error) {
	if !s.Idle() {
		return true, nil
	}
	if err := s.conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		return false, err
	}
	_, err := s.br.Peek(s.after + 1)
	if e := s.conn.SetReadDeadline(time.Time{}); err == nil && e != nil {
		err = e
	}
	if t, ok := err.(net.Error); ok && t.Timeout() {
		return false, nil
	}
	return true, nil // also for an error: the Read tells it
}

// Close ends the connection. The rest of the answer is not waited for.
func (s *Stream) Close() {
	s.close.Do(func() {
		s.stop()
		_ = s.conn.Close() // there is nothing to lose: it was only read
	})
}

// ask sends a request and decodes its whole answer, within the time that an answer may take.
func (e *Engine) ask(ctx context.Context, path string, query url.Values, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 3*e.answer)
	defer cancel()
	s, err := e.get(ctx, path, query)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := json.NewDecoder(s).Decode(into); err != nil {
		return fmt.Errorf("read docker's answer to %s: %w", path, err)
	}
	return nil
}
