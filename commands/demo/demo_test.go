package demo

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// leaked counts the goroutines blocked at the demo's leak, as its own pprof tells them.
func leaked(t *testing.T, addr string) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	resp, err := client.Get("http://" + addr + "/debug/pprof/goroutine?debug=2")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for block := range strings.SplitSeq(string(text), "\n\n") {
		head, _, _ := strings.Cut(block, "\n")
		if strings.Contains(head, "[chan send") && strings.Contains(block, "(*Service).ask") {
			n++
		}
	}
	return n
}

func TestLeaksAndCanBeEnded(t *testing.T) {
	s, err := Start(Config{Every: time.Millisecond, BadOneIn: 2})
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for n := 0; n < 20; n = leaked(t, s.Addr()) {
		if time.Now().After(deadline) {
			t.Fatalf("%d leaked, want 20", n)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(s.asked) != 0 {
		t.Errorf("%d senders are left after Close", len(s.asked))
	}
	// TestMain's goleak sees what Close left running.
}

func TestLeaksOnlyInvalidOrders(t *testing.T) {
	s, err := Start(Config{Every: time.Millisecond, BadOneIn: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	for range 50 {
		resp, err := client.Get("http://" + s.Addr() + "/order?item=chair")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(body) != "50 in stock\n" {
			t.Fatalf("got %q", body)
		}
	}
	if n := leaked(t, s.Addr()); n > 1 { // one may be about to be received
		t.Errorf("%d leaked without an invalid order", n)
	}
}
