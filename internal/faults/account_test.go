package faults

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func TestAccount(t *testing.T) {
	answer := `{"sinks":[{"name":"a","records":10,"delivered":4,"queued":1,"dropped":{"queue-full":2,"damaged":1},"dead_lettered":{"invalid":2}},
		{"name":"b","records":3,"delivered":3,"queued":0}]}`
	path := filepath.Join(t.TempDir(), "s.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable) // degraded, as a collector is whose sink is away
		_, _ = w.Write([]byte(answer))
	}))
	s.Listener = l
	s.Start()
	defer s.Close()
	m := NewMetrics("unix:" + path)
	defer m.Close()
	a, err := m.Account()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Balance(); err != nil {
		t.Error(err)
	}
	for _, change := range []func(){
		func() { a.Sinks[0].Queued = 0 }, func() { a.Sinks[0].DeadLettered = nil }, func() { a.Sinks[1].Delivered++ },
	} {
		if a, err = m.Account(); err != nil {
			t.Fatal(err)
		}
		if change(); a.Balance() == nil {
			t.Errorf("%+v is taken for balanced", a.Sinks)
		}
	}
	answer = `{}`
	if a, err = m.Account(); err != nil || a.Balance() == nil {
		t.Errorf("an account of no sink is balanced, %v", err)
	}
	if a.Sink("a") != nil {
		t.Error("it has a sink that nobody has told of")
	}
	answer = `no JSON`
	if _, err := m.Account(); err == nil || !strings.Contains(err.Error(), "invalid") {
		t.Errorf("it took %q: %v", answer, err)
	}
}
