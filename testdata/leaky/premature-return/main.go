// Command premature-return answers searches. A search starts its query first and asks for the caller's quota afterwards: a caller over
// quota is sent away, and the query's goroutine waits for ever to hand over its result.
package main

import (
	"context"
	"fmt"
	"net/http"

	"logcap.test/programs/leaky/premature-return/index"
	"logcap.test/programs/leaky/premature-return/quota"
	"logcap.test/programs/leaky/premature-return/search"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

// api is the search page.
type api struct {
	find func(search.Request) (search.Answer, error)
}

func run(ctx context.Context, s *service.Service) error {
	engine := search.New(index.Open("articles"), quota.Table{"staff": 100, "crawler": 0})
	a := &api{find: service.Pick(s.Style, engine.Find, engine.FindRanked, engine.FindSimilar)}
	return s.LoadHTTP(ctx, a)
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	load := service.FromHTTP(r)
	req := search.Request{Terms: fmt.Sprintf("item %d", load.ID), Caller: "staff", Depth: load.Work}
	if load.Leaks {
		req.Caller = "crawler"
	}
	answer, err := a.find(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusTooManyRequests)
		return
	}
	fmt.Fprintln(w, answer)
}
