// Command premature-return answers searches. A search starts its query first and checks the caller's quota afterwards: a caller over
// quota is sent away, and the query's goroutine waits for ever to hand over its result.
package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type searcher struct {
	queries sync.WaitGroup
	search  func(service.Request) (string, int)
}

func run(ctx context.Context, s *service.Service) error {
	sr := &searcher{}
	sr.search = service.Pick(s.Style, sr.searchInline, sr.searchMethod, sr.searchGroup)
	return s.LoadHTTP(ctx, sr)
}

func (sr *searcher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, status := sr.search(service.FromHTTP(r))
	w.WriteHeader(status)
	fmt.Fprintln(w, answer)
}

// overQuota says whether the caller has asked too much already.
func overQuota(r service.Request) bool { return r.Leaks }

func (sr *searcher) searchInline(r service.Request) (string, int) {
	found := make(chan string)
	go func() { // leak:func
		time.Sleep(r.Work)
		found <- fmt.Sprintf("document %d", r.ID)
	}()
	if overQuota(r) {
		return "over quota", http.StatusTooManyRequests
	}
	return <-found, http.StatusOK
}

func (sr *searcher) searchMethod(r service.Request) (string, int) {
	q := &query{request: r, found: make(chan string)}
	go q.run() // leak:method
	if overQuota(r) {
		return "over quota", http.StatusTooManyRequests
	}
	return <-q.found, http.StatusOK
}

func (sr *searcher) searchGroup(r service.Request) (string, int) {
	q := &query{request: r, found: make(chan string)}
	sr.queries.Go(q.run) // leak:wg
	if overQuota(r) {
		return "over quota", http.StatusTooManyRequests
	}
	return <-q.found, http.StatusOK
}

// query looks up one document.
type query struct {
	request service.Request
	found   chan string
}

func (q *query) run() {
	time.Sleep(q.request.Work)
	q.found <- fmt.Sprintf("document %d", q.request.ID)
}
