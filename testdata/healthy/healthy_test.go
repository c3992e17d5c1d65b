// Package healthy_test runs every healthy service for half a minute and checks that it does what its name says and stays within its bound.
package healthy_test

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
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"logcap.test/programs/service"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// watched is how long each service is looked at: a little more than the half minute in which the bounded ones reach their bound.
const watched = 34 * time.Second

// bounds says what each service promises about its number of goroutines, for
// every seed, its own six of the harness and the requests of the test included.
var bounds = map[string]struct {
	low, high int // the highest count of the watch lies between these
	// flat: the count of the last two seconds moves by no more than this; -1 where it always moves.
	flat int
	// falls: at some time the count is under half of what it was before.
	falls bool
}{
	"burst":            {60, 420, -1, true},
	"cron":             {35, 220, -1, true},
	"filling-pool":     {24, 105, 3, false},
	"idle-workers":     {10, 62, 3, false},
	"keepalive-server": {25, 180, -1, false},
	"leader-wait":      {105, 320, 3, false},
	"load-ramp":        {60, 400, -1, false},
	"long-poll":        {24, 180, -1, false},
	"per-tenant":       {18, 85, 3, false},
	"pooled-client":    {30, 400, -1, true},
	"restart":          {60, 215, -1, true},
	"sawtooth":         {20, 360, -1, true},
	"session-ramp":     {30, 165, -1, false},
	"slow-drain":       {150, 470, -1, false},
	"slow-start":       {45, 175, 3, false},
	"ticker":           {14, 95, 3, false},
	"websocket-like":   {50, 270, -1, false},
}

func TestHealthyServicesKeepTheirPromise(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./...").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	built, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(built) != len(bounds) {
		t.Errorf("%d services are built and %d have a bound: they must be the same", len(built), len(bounds))
	}
	// All at once, however few cores there are: they sleep most of the time.
	styles := []service.Style{service.Func, service.Method, service.WG}
	watches := make([]seen, len(built))
	var wg sync.WaitGroup
	for i, entry := range built {
		wg.Go(func() {
			watches[i].counts, watches[i].err = watch(filepath.Join(dir, entry.Name()), styles[i%len(styles)])
		})
	}
	wg.Wait()
	for i, entry := range built {
		t.Run(entry.Name()+"/"+string(styles[i%len(styles)]), func(t *testing.T) { check(t, entry.Name(), watches[i]) })
	}
}

// seen is what one watch brought.
type seen struct {
	counts []int
	err    error
}

func check(t *testing.T, name string, s seen) {
	if s.err != nil {
		t.Fatal(s.err)
	}
	bound, ok := bounds[name]
	if !ok {
		t.Fatal("this service has no bound in the table")
	}
	top := slices.Max(s.counts)
	if top < bound.low || top > bound.high {
		t.Errorf("the highest count is %d, not between %d and %d: %v", top, bound.low, bound.high, s.counts)
	}
	end := s.counts[len(s.counts)-4:]
	if bound.flat >= 0 && slices.Max(end)-slices.Min(end) > bound.flat {
		t.Errorf("the last counts move by more than %d: %v", bound.flat, s.counts)
	}
	if bound.falls != falls(s.counts) {
		t.Errorf("the count falls by half: %v, want %v: %v", !bound.falls, bound.falls, s.counts)
	}
}

// falls reports whether the count was at some time under half of an earlier one.
func falls(counts []int) bool {
	top := 0
	for _, n := range counts {
		top = max(top, n)
		if 2*n < top {
			return true
		}
	}
	return false
}

// watch starts the service, counts its goroutines every half second, stops it and wants it to end well.
func watch(path string, style service.Style) (counts []int, err error) {
	cmd := exec.Command(path, "-seed", "1", "-style", string(style), "-duration", "2m")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		io.Copy(io.Discard, out)
		if ended := cmd.Wait(); ended != nil && err == nil {
			err = fmt.Errorf("the service did not end well: %w", ended)
		}
	}()
	var hello service.Hello
	if err := json.NewDecoder(out).Decode(&hello); err != nil {
		return nil, fmt.Errorf("read the service's first line: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	for begin := time.Now(); time.Since(begin) < watched; time.Sleep(500 * time.Millisecond) {
		n, err := count(client, hello.Addr)
		if err != nil {
			// A restart is the only reason not to answer, and it is over in a moment.
			time.Sleep(200 * time.Millisecond)
			if n, err = count(client, hello.Addr); err != nil {
				return nil, err
			}
		}
		counts = append(counts, n)
	}
	return counts, nil
}

// count reads the total in the first line of a debug=1 profile.
func count(client *http.Client, addr string) (int, error) {
	resp, err := client.Get("http://" + addr + "/debug/pprof/goroutine?debug=1")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	if err != nil {
		return 0, err
	}
	var n int
	if _, err := fmt.Sscanf(strings.TrimSpace(line), "goroutine profile: total %d", &n); err != nil {
		return 0, fmt.Errorf("%q: %w", line, err)
	}
	return n, nil
}
