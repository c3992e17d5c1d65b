package standin

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// newEngine is one that ends with the test.
func newEngine(t *testing.T, o Options) *Engine {
	t.Helper()
	o.Path = filepath.Join(t.TempDir(), "d.sock")
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// ask opens an answer and gives its body.
func ask(t *testing.T, e *Engine, path string) (status int, body io.Reader, end func()) {
	t.Helper()
	conn, err := net.Dial("unix", e.opt.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://docker"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := req.Write(conn); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Body, func() { _ = conn.Close() }
}

// frame is one message as it arrives.
type frame struct {
	stream byte
	time   time.Time
	text   string
}

// next reads a frame.
func next(body io.Reader) (frame, error) {
	var head [headLen]byte
	if _, err := io.ReadFull(body, head[:]); err != nil {
		return frame{}, err
	}
	text := make([]byte, binary.BigEndian.Uint32(head[4:]))
	if _, err := io.ReadFull(body, text); err != nil {
		return frame{}, fmt.Errorf("within a frame: %w", err)
	}
	stamp, line, _ := bytes.Cut(text, []byte(" "))
	at, err := time.Parse(stampForm, string(stamp))
	return frame{head[0], at, string(line)}, err
}

// rest reads frames until there are no more.
func rest(body io.Reader) (texts []string, err error) {
	for {
		f, err := next(body)
		if err == io.EOF {
			return texts, nil
		}
		if err != nil {
			return texts, err
		}
		texts = append(texts, f.text)
	}
}

const logsOf = "/containers/%s/logs?stdout=1&stderr=1&timestamps=1&"

func (c *Container) say(from, to int) {
	for n := from; n < to; n++ {
		c.Write(Stdout, fmt.Appendf(nil, "%d\n", n))
	}
}

// A stream that follows ends with its container, and what a client asks for again comes again.
func TestFollow(t *testing.T) {
	e := newEngine(t, Options{})
	c := e.Create(Spec{Name: "one"})
	c.Start()
	c.say(0, 3)
	_, body, _ := ask(t, e, fmt.Sprintf(logsOf+"follow=1", "one"))
	var third frame
	for n := range 3 {
		f, err := next(body)
		if err != nil || f.text != fmt.Sprintf("%d\n", n) || f.stream != Stdout {
			t.Fatalf("%+v, %v", f, err)
		}
		third = f
	}
	c.say(3, 5)
	c.Stop()
	c.Start() // what is written from now on is not of that stream
	c.say(5, 6)
	if got, err := rest(body); err != nil || !slices.Equal(got, []string{"3\n", "4\n"}) {
		t.Errorf("%q, %v", got, err)
	}
	_, body, _ = ask(t, e, fmt.Sprintf(logsOf+"since=%d.%09d", c.ID()[:12], third.time.Unix(), third.time.Nanosecond()))
	if got, err := rest(body); err != nil || !slices.Equal(got, []string{"2\n", "3\n", "4\n", "5\n"}) {
		t.Errorf("since: %q, %v", got, err)
	}
	c.Remove()
	if status, _, _ := ask(t, e, fmt.Sprintf(logsOf, c.ID())); status != http.StatusNotFound {
		t.Errorf("removed: %d", status)
	}
}

// A cut comes after exactly so many bytes, at every byte of a log.
func TestCutAfter(t *testing.T) {
	e := newEngine(t, Options{Piece: 7})
	c := e.Create(Spec{Name: "one"})
	c.Start()
	c.say(0, 3)
	c.Stop()
	whole := 3*(headLen+stampLen+1+2) + 3*5*len("7\r\n\r\n") + 3*len("6\r\n\r\n") + len(lastChunk)
	for n := 0; n < whole; n++ {
		e.CutAfter(n)
		_, body, _ := ask(t, e, fmt.Sprintf(logsOf+"follow=1", "one"))
		if _, err := io.ReadAll(body); err == nil {
			t.Fatalf("cut after %d bytes of %d: the answer ended as it should", n, whole)
		}
	}
	if got := e.Counts().Cut; got != uint64(whole) {
		t.Errorf("%d cuts are counted, %d were made", got, whole)
	}
	_, body, _ := ask(t, e, fmt.Sprintf(logsOf+"follow=1", "one"))
	if got, err := rest(body); len(got) != 3 || err != nil {
		t.Errorf("uncut: %q, %v", got, err)
	}
}

// Cut ends streams that have nothing to send as well, and events.
func TestCutQuiet(t *testing.T) {
	e := newEngine(t, Options{})
	c := e.Create(Spec{Name: "one"})
	c.Start()
	_, logs, _ := ask(t, e, fmt.Sprintf(logsOf+"follow=1", "one"))
	_, events, _ := ask(t, e, "/events")
	for _, body := range []io.Reader{logs, events} {
		ended := make(chan error, 1)
		go func() {
			_, err := io.Copy(io.Discard, body)
			ended <- err
		}()
		for over := false; !over; {
			e.Cut(2)
			c.say(0, 20) // one that is cut within its next bytes needs some
			c.Rename("one")
			select {
			case err := <-ended:
				over = true
				if !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%v", err)
				}
			case <-time.After(time.Millisecond):
			}
		}
	}
}

// A stalled stream stays open and gives nothing; another one gives all.
func TestStall(t *testing.T) {
	e := newEngine(t, Options{})
	c := e.Create(Spec{Name: "one"})
	c.Start()
	c.say(0, 1)
	_, body, _ := ask(t, e, fmt.Sprintf(logsOf+"follow=1", "one"))
	if _, err := next(body); err != nil {
		t.Fatal(err)
	}
	e.Stall(5)
	c.say(1, 3)
	_, probe, _ := ask(t, e, fmt.Sprintf(logsOf+"tail=1", "one"))
	if got, err := rest(probe); err != nil || !slices.Equal(got, []string{"2\n"}) {
		t.Errorf("another one: %q, %v", got, err)
	}
	c.Stop()
	if got, err := rest(body); len(got) != 0 || err != nil || e.Counts().Stalled != 1 {
		t.Errorf("stalled: %q, %v; %+v", got, err, e.Counts())
	}
}

// While the engine is mute, streams that are open and those that are opened stay silent; those opened afterwards give all.
func TestMute(t *testing.T) {
	e := newEngine(t, Options{})
	c := e.Create(Spec{Name: "one"})
	c.Start()
	open := func() io.Reader { _, body, _ := ask(t, e, fmt.Sprintf(logsOf+"follow=1", "one")); return body }
	first := open()
	c.say(0, 1)
	if _, err := next(first); err != nil {
		t.Fatal(err)
	}
	e.Mute(true)
	second := open()
	c.say(1, 3)
	_, probe, _ := ask(t, e, fmt.Sprintf(logsOf+"tail=1", "one"))
	if got, err := rest(probe); err != nil || !slices.Equal(got, []string{"2\n"}) {
		t.Errorf("another one: %q, %v", got, err)
	}
	e.Mute(false)
	third := open()
	c.say(3, 4)
	c.Stop()
	for i, want := range [][]string{nil, nil, {"0\n", "1\n", "2\n", "3\n"}} {
		if got, err := rest([]io.Reader{first, second, third}[i]); err != nil || !slices.Equal(got, want) {
			t.Errorf("stream %d: %q, %v", i, got, err)
		}
	}
}

// Early streams end in good order and without the last lines, which are there for the next one.
func TestEarly(t *testing.T) {
	e := newEngine(t, Options{Early: 1})
	c := e.Create(Spec{Name: "one"})
	missed := false
	for try := 0; try < 200 && !missed; try++ {
		c.Start()
		_, body, _ := ask(t, e, fmt.Sprintf(logsOf+"follow=1&tail=0", "one"))
		for !c.followed() {
			time.Sleep(time.Millisecond)
		}
		c.say(0, 50)
		c.Stop()
		got, err := rest(body)
		if err != nil {
			t.Fatal(err)
		}
		missed = len(got) < 50
		_, body, _ = ask(t, e, fmt.Sprintf(logsOf+"tail=1", "one"))
		if last, err := rest(body); err != nil || !slices.Equal(last, []string{"49\n"}) {
			t.Fatalf("%q, %v", last, err)
		}
	}
	if !missed || e.Counts().Early == 0 {
		t.Errorf("no stream ended early; %+v", e.Counts())
	}
}

func (c *Container) followed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.streams) > 0
}

// While the engine is away containers write into their pipes, until those are full.
func TestRestart(t *testing.T) {
	e := newEngine(t, Options{})
	c := e.Create(Spec{Name: "one"})
	c.Start()
	_, body, _ := ask(t, e, fmt.Sprintf(logsOf+"follow=1", "one"))
	if err := e.Down(); err != nil {
		t.Fatal(err)
	}
	if _, err := rest(body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("at the end of the engine: %v", err)
	}
	if _, err := net.Dial("unix", e.opt.Path); err == nil {
		t.Error("the socket is still there")
	}
	n := 0
	for text := []byte(strings.Repeat("x", 999) + "\n"); c.Write(Stdout, text); {
		n++
	}
	if n != pipeSize/1000 {
		t.Errorf("%d writes went into a pipe", n)
	}
	back := time.Now()
	if err := e.Up(); err != nil {
		t.Fatal(err)
	}
	c.Stop()
	_, body, _ = ask(t, e, fmt.Sprintf(logsOf+"since=%d.%09d", "one", back.Unix(), back.Nanosecond()))
	if got, err := rest(body); len(got) != n || err != nil {
		t.Errorf("after it came back: %d lines, %v; want %d", len(got), err, n)
	}
}

// Times never go back within a stream, and by less than the skew between two.
func TestSkew(t *testing.T) {
	e := newEngine(t, Options{})
	c := e.Create(Spec{Name: "one"})
	c.Start()
	for n := range 2000 {
		c.Write(byte(1+n%2), []byte("x\n"))
	}
	c.Stop()
	_, body, _ := ask(t, e, fmt.Sprintf(logsOf, "one"))
	var last [3]time.Time
	var newest time.Time
	back := 0
	for range 2000 {
		f, err := next(body)
		if err != nil {
			t.Fatal(err)
		}
		if f.time.Before(last[f.stream]) || newest.Sub(f.time) > 500*time.Microsecond {
			t.Fatalf("%+v after %v and %v", f, last[f.stream], newest)
		}
		if f.time.Before(newest) {
			back++
		}
		last[f.stream] = f.time
		if f.time.After(newest) {
			newest = f.time
		}
	}
	if back == 0 {
		t.Error("times never go back between streams")
	}
}

// What is older than Retain goes, and to ask for it is counted.
func TestRetain(t *testing.T) {
	now := time.Unix(1e9, 0)
	e := newEngine(t, Options{Retain: time.Minute, Skew: -1, Now: func() time.Time { return now }})
	c := e.Create(Spec{Name: "one"})
	c.Start()
	line := []byte(strings.Repeat("x", 999) + "\n")
	for range 600 { // ten minutes
		c.Write(Stdout, line)
		now = now.Add(time.Second)
	}
	if n := len(c.log.blocks); n > 6 {
		t.Errorf("%d blocks are left of a minute of 1 kB/s", n)
	}
	for _, tt := range []struct {
		ago       time.Duration
		lines     int
		forgotten uint64
	}{{30 * time.Second, 30, 0}, {time.Minute, 60, 0}, {5 * time.Minute, -1, 1}} {
		from := now.Add(-tt.ago)
		_, body, _ := ask(t, e, fmt.Sprintf(logsOf+"since=%d", "one", from.Unix()))
		got, err := rest(body)
		if tt.lines >= 0 && len(got) != tt.lines || err != nil || e.Counts().Forgotten != tt.forgotten {
			t.Errorf("since %v ago: %d lines, %v, %+v", tt.ago, len(got), err, e.Counts())
		}
	}
}

// A hung engine takes requests; whoever gives up does not keep it from ending.
func TestHang(t *testing.T) {
	e := newEngine(t, Options{})
	e.Hang(true)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", e.opt.Path) }}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker/containers/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := client.Do(req); err == nil {
		t.Errorf("answered %s", resp.Status)
	}
	e.Hang(false)
	if status, body, _ := ask(t, e, "/containers/json?all=1"); status != http.StatusOK {
		text, err := io.ReadAll(body)
		t.Errorf("%d %s, %v", status, text, err)
	}
}
