package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/internal/missing"
)

const realSocket = "/var/run/docker.sock"

// stamps are what differs between two engines that have logged the same.
var stamps = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z`)

// answer is all bytes of an answer, with HTTP's own, until it ends or the engine is silent for a while.
func answer(t *testing.T, socket, path string) (head []string, body []byte) {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: docker\r\n\r\n", path)
	var all []byte
	buf := make([]byte, 64<<10)
	for !bytes.HasSuffix(all, []byte("\r\n0\r\n\r\n")) && !bytes.HasSuffix(all, []byte("\"}\n")) { // the last chunk, or a refusal
		n, err := conn.Read(buf)
		all = append(all, buf[:n]...)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%s after %q: %v", path, all, err)
		}
	}
	text, body, _ := bytes.Cut(all, []byte("\r\n\r\n"))
	for line := range strings.SplitSeq(string(text), "\r\n") {
		if !strings.HasPrefix(line, "Date:") {
			head = append(head, regexp.MustCompile(`Docker/\S+`).ReplaceAllString(line, "Docker/VERSION"))
		}
	}
	slices.Sort(head[1:])
	return head, body
}

func docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v: %s", args[0], err, out)
	}
	return strings.TrimSpace(string(out))
}

// speakerImage is built from scratch, and removed afterwards.
func speakerImage(t *testing.T) string {
	t.Helper()
	if err := exec.Command("docker", "version").Run(); err != nil {
		missing.Part(t, missing.Docker, err.Error())
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "speaker"), "./testdata/speaker")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build speaker: %v: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM scratch\nCOPY speaker /speaker\nENTRYPOINT [\"/speaker\"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	image := "logcap-standin:" + strconv.FormatInt(time.Now().UnixNano()%1e9, 36)
	docker(t, "build", "-q", "--label", "logcap.standin", "-t", image, dir)
	t.Cleanup(func() { docker(t, "rmi", "-f", image) })
	return image
}

// speak writes what testdata/speaker writes.
func speak(c *Container) {
	long := strings.Repeat("0123456789", 4000)
	for _, w := range []struct {
		stream byte
		text   string
	}{
		{1, "one\n"}, {2, "wrong\n"}, {1, "\n"}, {1, "a\nb\r\n"},
		{1, long[:30_000]}, {2, "between\n"}, {1, long[:10_000] + "\n"},
		{1, long[:16<<10] + "\n"}, {1, long[:16<<10-1] + "\n"}, {1, "without an end"},
	} {
		c.Write(w.stream, []byte(w.text))
		time.Sleep(time.Millisecond)
	}
}

// The stand-in answers byte for byte what the real engine answers, but for times, ids and chance.
func TestAnswersAsTheRealEngine(t *testing.T) {
	image := speakerImage(t)
	e := newEngine(t, Options{Skew: -1})
	for _, tty := range []bool{false, true} {
		t.Run(fmt.Sprintf("tty %v", tty), func(t *testing.T) {
			name := fmt.Sprintf("logcap-standin-%d", time.Now().UnixNano())
			began := time.Now()
			id := docker(t, "run", "-d", fmt.Sprintf("--tty=%v", tty), "--name", name, "--log-driver", "json-file", "--label", "logcap.standin", image)
			gone := false
			t.Cleanup(func() {
				if !gone {
					docker(t, "rm", "-f", id)
				}
			})
			c := e.Create(Spec{Name: name, Image: image, TTY: tty, LogPath: "x"})
			c.Start()
			speak(c)
			time.Sleep(time.Second) // what the speaker needs
			both(t, e, "/containers/"+id+"/logs?stdout=1&stderr=1&timestamps=1", c)
			docker(t, "rename", id, name+"-b")
			c.Rename(name + "-b")
			docker(t, "pause", id)
			c.Pause()
			docker(t, "unpause", id)
			c.Unpause()
			docker(t, "stop", id)
			c.Stop()
			logs := "/containers/" + id + "/logs?timestamps=1&stdout=1"
			times := both(t, e, logs+"&stderr=1", c)
			for _, query := range []string{"&stderr=1&follow=1", "&stderr=1&tail=2", "&stderr=1&tail=0", "&stderr=1&tail=all", "&stderr=1&tail=nonsense", "&stderr=1&since=1.5", "", "&stdout=0&stderr=1", "&stderr=1&timestamps=0"} {
				both(t, e, logs+query, c)
			}
			for i := 0; i < len(times[0]); i += 4 {
				for _, bound := range []string{"since", "until"} {
					pair(t, e, fmt.Sprintf("/containers/%s/logs?stdout=1&stderr=1&timestamps=1&%s=%s", id, bound, unix(t, times[0][i])),
						fmt.Sprintf("/containers/%s/logs?stdout=1&stderr=1&timestamps=1&%s=%s", c.ID(), bound, unix(t, times[1][i])))
				}
			}
			both(t, e, "/containers/"+id+"/logs", c)
			sameFields(t, e, id, c)
			docker(t, "rm", id)
			gone = true
			c.Remove()
			both(t, e, "/containers/"+id+"/json", c)
			both(t, e, logs, c)
			real, ours := actions(t, realSocket, id, began), actions(t, e.opt.Path, c.ID(), began)
			if !slices.Equal(real, ours) {
				t.Errorf("events:\nreal %v\nours %v", real, ours)
			}
		})
	}
}

// both asks for the same of the real container and of the one of the stand-in.
func both(t *testing.T, e *Engine, path string, c *Container) (times [2][]string) {
	t.Helper()
	id := strings.Split(path, "/")[2]
	return pair(t, e, path, strings.Replace(path, id, c.ID(), 1))
}

func pair(t *testing.T, e *Engine, real, ours string) (times [2][]string) {
	t.Helper()
	var heads [2][]string
	var bodies [2]string
	for i, at := range []struct{ socket, path string }{{realSocket, real}, {e.opt.Path, ours}} {
		head, body := answer(t, at.socket, at.path)
		for _, s := range stamps.FindAll(body, -1) {
			times[i] = append(times[i], string(s))
		}
		body = stamps.ReplaceAll(body, []byte("TIME"))
		heads[i], bodies[i] = head, strings.ReplaceAll(string(body), strings.Split(at.path, "/")[2], "ID")
	}
	if !slices.Equal(heads[0], heads[1]) {
		t.Errorf("%s:\nreal %q\nours %q", real, heads[0], heads[1])
	}
	if bodies[0] != bodies[1] {
		t.Errorf("%s:\nreal %s\nours %s", real, short(bodies[0]), short(bodies[1]))
		return times
	}
	// Fragments of a line have one time; others differ.
	for i := 1; i < len(times[0]); i++ {
		if (times[0][i] == times[0][i-1]) != (times[1][i] == times[1][i-1]) {
			t.Errorf("%s: times\nreal %v\nours %v", real, times[0], times[1])
			break
		}
	}
	return times
}

var digits = regexp.MustCompile(`(?:0123456789){10,}`)

func short(body string) string {
	return fmt.Sprintf("%q", digits.ReplaceAllStringFunc(body, func(s string) string { return fmt.Sprintf("<%d>", len(s)) }))
}

func unix(t *testing.T, stamp string) string {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d.%09d", at.Unix(), at.Nanosecond())
}

// sameFields compares what a collector reads of a list and of an inspection.
func sameFields(t *testing.T, e *Engine, id string, c *Container) {
	t.Helper()
	var said [2]string
	for i, at := range []struct{ socket, id string }{{realSocket, id}, {e.opt.Path, c.ID()}} {
		var one struct {
			ID, Name string
			Created  time.Time
			State    struct {
				Status                      string
				Running, Paused, Restarting bool
				OOMKilled, Dead             bool
				Pid                         int
				StartedAt, FinishedAt       time.Time
			}
			Config     struct{ Tty bool }
			HostConfig struct {
				NetworkMode string
				LogConfig   struct{ Type string }
			}
			NetworkSettings struct{ Ports map[string]any }
		}
		var many []struct {
			ID      string `json:"Id"`
			Names   []string
			Image   string
			State   string
			Created int64
		}
		get(t, at.socket, "/containers/"+at.id+"/json", &one)
		get(t, at.socket, "/containers/json?all=1", &many)
		for _, m := range many {
			if m.ID == at.id {
				if ran := one.State.FinishedAt.Sub(one.State.StartedAt); ran <= 0 || ran > time.Minute {
					t.Errorf("it ran for %v: %v to %v", ran, one.State.StartedAt, one.State.FinishedAt)
				}
				one.State.StartedAt, one.State.FinishedAt = time.Time{}, time.Time{}
				said[i] = fmt.Sprintf("%+v %s %s %s %v", one, m.Names, m.Image, m.State, m.Created == one.Created.Unix())
			}
		}
		said[i] = strings.ReplaceAll(strings.ReplaceAll(said[i], at.id, "ID"), one.Created.String(), "CREATED")
	}
	if said[0] != said[1] {
		t.Errorf("inspection and list:\nreal %s\nours %s", said[0], said[1])
	}
}

func get(t *testing.T, socket, path string, into any) {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", socket) }}}
	resp, err := client.Get("http://docker" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// actions are the events of a container.
func actions(t *testing.T, socket, id string, since time.Time) []string {
	t.Helper()
	q := url.Values{"filters": {fmt.Sprintf(`{"type":["container"],"container":[%q]}`, id)}, "since": {strconv.FormatInt(since.Unix(), 10)}, "until": {strconv.FormatInt(time.Now().Unix()+1, 10)}}
	_, body := answer(t, socket, "/events?"+q.Encode())
	var all []string
	for line := range strings.Lines(string(body)) {
		var e struct {
			Action string
			Actor  struct{ ID string }
		}
		if json.Unmarshal([]byte(line), &e) == nil && e.Actor.ID == id {
			all = append(all, e.Action)
		}
	}
	return all
}
