package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Sink is what a collector says has become of the records of one sink.
type Sink struct {
	Name         string            `json:"name"`
	Records      uint64            `json:"records"`
	Delivered    uint64            `json:"delivered"`
	Queued       uint64            `json:"queued"`
	Dropped      map[string]uint64 `json:"dropped"`       // by reason
	DeadLettered map[string]uint64 `json:"dead_lettered"` // by reason
}

// Balance says that the account does not add up: what was read is delivered, dropped, a dead letter, or queued.
func (s *Sink) Balance() error {
	sum := s.Delivered + s.Queued + total(s.Dropped) + total(s.DeadLettered)
	if sum == s.Records {
		return nil
	}
	return fmt.Errorf("sink %s read %d records, and %d are accounted for: delivered %d, dropped %v, dead letters %v, queued %d",
		s.Name, s.Records, sum, s.Delivered, s.Dropped, s.DeadLettered, s.Queued)
}

func total(reasons map[string]uint64) (sum uint64) {
	for _, n := range reasons {
		sum += n
	}
	return sum
}

// Account is what one collector says of all its sinks at one moment.
type Account struct {
	Sinks []Sink `json:"sinks"`
}

// Balance joins the errors of the sinks. An account of no sink is one too: it would hold every bar.
func (a *Account) Balance() error {
	if len(a.Sinks) == 0 {
		return errors.New("the collector says nothing of any sink")
	}
	var all []error
	for i := range a.Sinks {
		all = append(all, a.Sinks[i].Balance())
	}
	return errors.Join(all...)
}

// Sink is the account of one; nil when there is none of the name.
func (a *Account) Sink(name string) *Sink {
	for i := range a.Sinks {
		if a.Sinks[i].Name == name {
			return &a.Sinks[i]
		}
	}
	return nil
}

// Account asks for it. A collector that says it is degraded answers all the same.
func (m *Metrics) Account() (*Account, error) {
	code, text, err := m.call(m.client, http.MethodGet, "/health")
	if err != nil {
		return nil, err
	}
	if code != http.StatusOK && code != http.StatusServiceUnavailable {
		return nil, fmt.Errorf("get /health: %d %s", code, text)
	}
	a := &Account{}
	return a, json.Unmarshal(text, a)
}

// Reload tells the collector to read its configuration again, and gives the code and the text of the answer.
func (m *Metrics) Reload() (code int, text string, err error) {
	patient := *m.client
	patient.Timeout = time.Minute // it waits for what is on its way to sinks
	code, answer, err := m.call(&patient, http.MethodPost, "/reload")
	return code, string(answer), err
}

// Positions is what the collector says of how far it is, as it is.
func (m *Metrics) Positions() (string, error) {
	text, err := m.get("/positions")
	return string(text), err
}

func (m *Metrics) call(client *http.Client, method, path string) (int, []byte, error) {
	req, err := http.NewRequest(method, m.base+path, nil)
	if err != nil {
		return 0, nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, text, err
}
