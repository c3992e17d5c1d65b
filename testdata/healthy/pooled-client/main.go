// Pooled-client calls several hosts with one shared http.Client while the
// number of calls at a time rises and falls: the look-alike of a client made for
// every call. Its connections become many and stay bounded by the pool.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() {
	service.Main(service.Program{
		Run:      run,
		Variants: []string{"remote", "local"},
		Remote:   []string{"remote"},
		Backend:  service.HTTP(http.HandlerFunc(answer)),
	})
}

// answer takes as long as the caller says.
func answer(w http.ResponseWriter, r *http.Request) {
	took, err := time.ParseDuration(r.URL.Query().Get("took"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	load.Sleep(r.Context(), took)
	fmt.Fprintln(w, "ok")
}

type caller struct {
	client *http.Client
	addr   string
	style  service.Style
	dice   *load.Dice
	wg     sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	top := dice.Int(15, 50) // calls at a time
	transport := &http.Transport{MaxIdleConnsPerHost: dice.Int(10, 40), IdleConnTimeout: 90 * time.Second}
	defer transport.CloseIdleConnections()
	c := &caller{client: &http.Client{Transport: transport, Timeout: 10 * time.Second}, addr: s.Backend, style: s.Style, dice: dice}
	defer c.wg.Wait()

	// The calls at a time go up over rise, and from then on between a third of top and top.
	rise := dice.Time(5*time.Second, 20*time.Second)
	begin := time.Now()
	for load.Sleep(ctx, time.Second) {
		calls := load.Ramp(2, top, rise, time.Since(begin))
		if calls == top {
			calls = dice.Int(top/3, top)
		}
		for range calls {
			c.start(ctx)
		}
	}
	return ctx.Err()
}

func (c *caller) start(ctx context.Context) {
	switch c.style {
	case service.Method:
		c.wg.Add(1)
		go c.callAndTell(ctx)
	case service.WG:
		c.wg.Go(func() { c.call(ctx) })
	default:
		c.wg.Add(1)
		go func() {
			defer c.wg.Done()
			c.call(ctx)
		}()
	}
}

func (c *caller) callAndTell(ctx context.Context) {
	defer c.wg.Done()
	c.call(ctx)
}

// call makes one request, reads its answer and closes it; a failed one is not repeated.
func (c *caller) call(ctx context.Context) {
	took := c.dice.Time(100*time.Millisecond, 800*time.Millisecond)
	url := fmt.Sprintf("http://%s/?took=%s", c.addr, took)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
}
