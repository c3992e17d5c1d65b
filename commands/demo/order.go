package demo

import (
	"fmt"
	"net/http"
	"time"
)

// order answers one customer. It holds the leak: the question for stock is
// asked before the order is looked at, on a channel without a buffer.
func (s *Service) order(w http.ResponseWriter, r *http.Request) {
	item := r.URL.Query().Get("item")
	stock := s.ask(item)
	if item == "" {
		http.Error(w, "which item?", http.StatusBadRequest)
		return // nobody receives from stock any more: its sender waits for ever
	}
	fmt.Fprintf(w, "%d in stock\n", <-stock)
}

// ask looks an item up without making its caller wait.
func (s *Service) ask(item string) chan int {
	stock := make(chan int)
	s.remember(stock)
	go func() {
		defer s.forget(stock)
		stock <- lookUp(item)
	}()
	return stock
}

// lookUp takes as long as a warehouse would.
func lookUp(item string) int {
	time.Sleep(2 * time.Millisecond)
	return 10 * len(item)
}

// remember keeps the channel so that Close can end its sender.
func (s *Service) remember(stock chan int) {
	s.running.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[stock] = true
}

// forget drops a channel whose sender is done.
func (s *Service) forget(stock chan int) {
	close(stock)
	s.mu.Lock()
	delete(s.asked, stock)
	s.mu.Unlock()
	s.running.Done()
}
