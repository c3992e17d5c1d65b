// Package programs_test starts the services of testdata and checks that each does what its expect.json and its markers promise.
package programs_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"logcap.test/programs/service"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// build compiles all programs below pattern into a folder. Without inlining, the ancestors of a goroutine name the function as written.
func build(t *testing.T, pattern string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-ldflags=-w", "-gcflags="+pattern+"=-l", "-o", dir+"/", pattern)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pattern, err, out)
	}
	return dir
}

// expect is expect.json.
type expect struct {
	Mechanism          string   `json:"mechanism"`
	AcceptedMechanisms []string `json:"accepted_mechanisms"`
	NeedsSource        *bool    `json:"needs_source"`
	Verdict            string   `json:"verdict"`
	Variants           []string `json:"variants"`
	Styles             []string `json:"styles"`
	LeaksPerRequest    int      `json:"leaks_per_request"`
	LibrarySite        []string `json:"library_site"`
	CauseFunc          []string `json:"cause_func"`
	PeerSite           string   `json:"peer_site"`
	Report             string   `json:"report"`
}

// programFolders are the folders of the programs in dir.
func programFolders(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(dir + "/*/expect.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs in %s: %v", dir, err)
	}
	var folders []string
	for _, file := range files {
		folders = append(folders, filepath.Dir(file))
	}
	return folders
}

func readExpect(t *testing.T, folder string) expect {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "expect.json"))
	if err != nil {
		t.Fatal(err)
	}
	var e expect
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		t.Fatalf("%s: %v", folder, err)
	}
	return e
}

// site is where a goroutine was started: file:line of a go statement, or the function that called wg.Go.
type site string

// program is a running service.
type program struct {
	cmd   *exec.Cmd
	hello service.Hello
}

func start(binary string, args ...string) (*program, error) {
	p := &program{cmd: exec.Command(binary, args...)}
	p.cmd.Env = append(os.Environ(), "GODEBUG=tracebackancestors=3")
	p.cmd.Stderr = os.Stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if err := json.NewDecoder(stdout).Decode(&p.hello); err != nil {
		p.cmd.Process.Kill()
		p.cmd.Wait()
		return nil, fmt.Errorf("read the first line: %w", err)
	}
	return p, nil
}

// stop asks the program to end and returns what it ended with.
func (p *program) stop() error {
	p.cmd.Process.Signal(syscall.SIGTERM)
	return p.cmd.Wait()
}

// goroutine is one block of a dump.
type goroutine struct {
	id      string
	site    site   // where it was started
	creator string // the function of its go statement
	entry   string // its outermost function
	where   string // its state and the places of its frames
}

var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}

func (p *program) dump() ([]goroutine, error) {
	resp, err := client.Get("http://" + p.hello.Addr + "/debug/pprof/goroutine?debug=2")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var all []goroutine
	for _, block := range strings.Split(strings.TrimSpace(string(body)), "\n\n") {
		all = append(all, parse(block))
	}
	return all, nil
}

var launchers = []string{"sync.(*WaitGroup).Go", "golang.org/x/sync/errgroup.(*Group).Go"}

func parse(block string) goroutine {
	var g goroutine
	ancestor := false
	lines := bufio.NewScanner(strings.NewReader(block))
	for first := true; lines.Scan(); first = false {
		line := lines.Text()
		name, created := strings.CutPrefix(line, "created by ")
		switch {
		case first:
			g.id, g.where, _ = strings.Cut(strings.TrimPrefix(line, "goroutine "), " ")
		case strings.HasPrefix(line, "[originating"):
			ancestor = true
		case created && !ancestor:
			g.creator, _, _ = strings.Cut(name, " in goroutine")
			lines.Scan()
			g.site = site(place(lines.Text()))
		case strings.HasPrefix(line, "\t") && !ancestor:
			g.where += " " + place(line)
		case !ancestor:
			g.entry = line[:max(0, strings.LastIndex(line, "("))]
		case ancestor && !strings.HasPrefix(line, "\t") && slices.Contains(launchers, g.creator):
			if name := strings.TrimSuffix(line, "(...)"); !created && !slices.Contains(launchers, name) {
				g.site = site(name)
				return g
			}
		}
	}
	return g
}

// place shortens a dump's file line to path:line: the path of a leaky or unseen program begins with its name, any other is folder/file.go.
func place(line string) string {
	line, _, _ = strings.Cut(strings.TrimSpace(line), " +")
	for _, programs := range []string{"/testdata/leaky/", "/testdata/unseen/"} {
		if _, own, ok := strings.Cut(line, programs); ok {
			return own
		}
	}
	dir, file := filepath.Split(line)
	return filepath.Base(dir) + "/" + file
}
