package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/internal/missing"
)

// serve answers on a unix socket as handler does.
func serve(t *testing.T, handler http.HandlerFunc) *Engine {
	t.Helper()
	path := filepath.Join(t.TempDir(), "d.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: handler}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	e, err := New(Options{Host: "unix://" + path, Answer: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestListAndInspect(t *testing.T) {
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/containers/json":
			fmt.Fprint(w, `[{"Id":"a","Names":["/one","/other/alias"],"Image":"i:1","Created":100,"Labels":{"k":"v"},"State":"paused"},{"Id":"b","Names":[],"State":"exited"}]`)
		case "/containers/a/json":
			fmt.Fprint(w, `{"Id":"a","Name":"/one","Created":"2026-11-24T15:05:21.4Z","LogPath":"/l","State":{"Running":true},"Config":{"Tty":true,"Image":"i:1","Labels":{"k":"v"}},"HostConfig":{"LogConfig":{"Type":"json-file"}}}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"message":"No such container: x"}`)
		}
	})
	all, err := e.List(t.Context())
	if err != nil || len(all) != 2 || all[0].Name != "one" || !all[0].Running || all[0].Created.Unix() != 100 || all[0].Labels["k"] != "v" || all[1].Running {
		t.Errorf("%+v, %v", all, err)
	}
	c, err := e.Inspect(t.Context(), "a")
	if err != nil || c.Name != "one" || !c.Running || !c.TTY || c.Driver != "json-file" || c.LogPath != "/l" || c.Image != "i:1" {
		t.Errorf("%+v, %v", c, err)
	}
	_, err = e.Inspect(t.Context(), "x")
	var said *Answered
	if !errors.As(err, &said) || said.Status != 404 || said.Text != "No such container: x" {
		t.Errorf("%v", err)
	}
}

func TestEvents(t *testing.T) {
	more := make(chan struct{})
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("filters") != `{"type":["container"]}` || r.URL.Query().Get("since") != "1.000000002" {
			t.Errorf("asked for %s", r.URL.RawQuery)
		}
		fmt.Fprint(w, `{"Action":"start","Actor":{"ID":"a"},"timeNano":5}`+"\n"+`{"Action":"die","Actor":{"ID":"b"},"timeNano":6}`+"\n")
		w.(http.Flusher).Flush()
		<-more
		fmt.Fprint(w, `{"Action":"destroy","Actor":{"ID":"c"},"timeNano":7}`)
	})
	s, err := e.Events(t.Context(), 1_000_000_002)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, want := range []Event{{"start", "a", 5}, {"die", "b", 6}} {
		if has, err := s.Pending(5 * time.Second); !has || err != nil {
			t.Fatalf("no event is pending: %v", err)
		}
		if got, err := s.Next(); got != want || err != nil {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	if has, err := s.Pending(20 * time.Millisecond); has || err != nil {
		t.Errorf("an event is pending: %v, %v", has, err)
	}
	close(more)
	if got, err := s.Next(); got.ID != "c" || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("at the end: %v", err)
	}
}

// Waiting for a stream leaves it as it is, and tells silence from an end.
func TestWait(t *testing.T) {
	more := make(chan string)
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		for text := range more {
			fmt.Fprint(w, text)
			w.(http.Flusher).Flush()
		}
	})
	s, err := e.Logs(t.Context(), "a", LogsOptions{Since: 1, Tail: 3, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	buf := make([]byte, 100)
	for _, text := range []string{"one", strings.Repeat("x", 90)} {
		if has, err := s.Wait(10 * time.Millisecond); has || err != nil {
			t.Fatalf("there is something: %v, %v", has, err)
		}
		more <- text
		if has, err := s.Wait(5 * time.Second); !has || err != nil {
			t.Fatalf("there is nothing: %v", err)
		}
		if n, err := io.ReadFull(s, buf[:len(text)]); string(buf[:n]) != text || err != nil {
			t.Fatalf("read %q, %v", buf[:n], err)
		}
	}
	close(more)
	if _, err := s.Read(buf); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

// Nothing outlives its ctx, whatever the engine does.
func TestHungEngine(t *testing.T) {
	e := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	began := time.Now()
	_, err := e.List(t.Context())
	if err == nil || time.Since(began) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := e.Inspect(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestHosts(t *testing.T) {
	for host, want := range map[string]string{
		"": "", "unix:///x.sock": "", "tcp://h:2375": "", "tcp://h": "no port", "ssh://h": "neither unix:// nor tcp://", "/x.sock": "neither", "tcp://[": "not an address",
	} {
		_, err := New(Options{Host: host})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", host, err, want)
		}
	}
	if _, err := New(Options{Host: "tcp://h:1", CertPath: "/not/there"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without certificates: %v", err)
	}
	o := FromEnvironment(func(name string) (string, bool) {
		v, ok := map[string]string{"DOCKER_HOST": "tcp://h:1", "DOCKER_TLS_VERIFY": "1", "HOME": "/home/x"}[name]
		return v, ok
	})
	if o.Host != "tcp://h:1" || o.CertPath != "/home/x/.docker" {
		t.Errorf("%+v", o)
	}
}

func TestUnreachable(t *testing.T) {
	for host, hint := range map[string]string{"unix:///not/there.sock": "is the engine running", "tcp://127.0.0.1:1": "nothing listens there"} {
		e, err := New(Options{Host: host})
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.List(t.Context())
		var u *Unreachable
		if !errors.As(err, &u) || !strings.Contains(u.Hint(), hint) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// The end of an answer that comes with its last bytes is not waited for, also by who has read just these.
func TestWaitAtEnd(t *testing.T) {
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, strings.Repeat("x", 3000)) // more than goes out without chunks
		w.(http.Flusher).Flush()
		fmt.Fprint(w, "end")
	})
	s, err := e.Logs(t.Context(), "a", LogsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	buf := make([]byte, 3003)
	if _, err := io.ReadFull(s, buf); err != nil {
		t.Fatal(err)
	}
	if has, err := s.Wait(5 * time.Second); !has || err != nil {
		t.Fatalf("the end is not seen: %v, %v", has, err)
	}
	if n, err := s.Read(buf); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
}

// What an engine says of a container's state and network is read as it is meant, whatever it leaves out.
func TestInspectStateAndNetwork(t *testing.T) {
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/containers/full/json":
			fmt.Fprint(w, `{"Id":"a","State":{"Status":"exited","Pid":0,"ExitCode":137,"OOMKilled":true,"StartedAt":"2026-11-24T15:05:21.4Z","FinishedAt":"2026-11-24T15:06:21Z"},
				"HostConfig":{"NetworkMode":"shop_default"},
				"NetworkSettings":{"Ports":{"6060/tcp":[{"HostIp":"::","HostPort":"16060"},{"HostIp":"127.0.0.1","HostPort":"16060"}],"53/udp":[{"HostIp":"0.0.0.0","HostPort":"53"}],"80/tcp":null,"81/tcp":[{"HostIp":"","HostPort":"8081"}],"82/tcp":[{"HostIp":"0.0.0.0","HostPort":""}]},
				"Networks":{"b":{"IPAddress":"172.18.0.2","GlobalIPv6Address":"2001:db8::2"},"a":{"IPAddress":"172.17.0.9","GlobalIPv6Address":""},"c":{"IPAddress":""}}}}`)
		default:
			fmt.Fprint(w, `{"Id":"a","State":{"Status":"created","StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"0001-01-01T00:00:00Z"},"NetworkSettings":{"Ports":null,"Networks":null}}`)
		}
	})
	c, err := e.Inspect(t.Context(), "full")
	if err != nil {
		t.Fatal(err)
	}
	if s := c.State; s.Status != "exited" || s.ExitCode != 137 || !s.OOMKilled || s.Finished.Sub(s.Started) != 59600*time.Millisecond {
		t.Errorf("%+v", s)
	}
	want := "{shop_default [172.17.0.9 172.18.0.2 2001:db8::2] [{81 0.0.0.0:8081} {6060 127.0.0.1:16060} {6060 [::]:16060}]}"
	if got := fmt.Sprint(c.Network); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	c, err = e.Inspect(t.Context(), "bare")
	if err != nil || !c.State.Started.IsZero() || !c.State.Finished.IsZero() || len(c.Network.Addresses)+len(c.Network.Ports) > 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestRemote(t *testing.T) {
	for host, want := range map[string]struct {
		remote bool
		name   string
	}{"": {false, "127.0.0.1"}, "tcp://localhost:2375": {false, "localhost"}, "tcp://127.0.0.2:2375": {false, "127.0.0.2"}, "tcp://[::1]:2375": {false, "::1"}, "tcp://build.example:2375": {true, "build.example"}, "tcp://10.0.0.1:2375": {true, "10.0.0.1"}} {
		e, err := New(Options{Host: host})
		if err != nil || e.Remote() != want.remote || e.Hostname() != want.name {
			t.Errorf("%q: remote %v, %q, %v", host, e.Remote(), e.Hostname(), err)
		}
	}
}

// An engine that listens where rootless ones and those in virtual machines do is named when the one that was asked is not there.
func TestOtherEngine(t *testing.T) {
	missing.Platform(t, runtime.GOOS, "linux", "darwin")
	home := t.TempDir()
	t.Setenv("HOME", home)
	path := filepath.Join(home, ".docker", "run", "docker.sock")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e, err := New(Options{Host: "unix:///not/there.sock"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.List(t.Context())
	var u *Unreachable
	if !errors.As(err, &u) || !strings.Contains(u.Hint(), "another engine listens at DOCKER_HOST=unix://") {
		t.Errorf("%v", err)
	}
}
