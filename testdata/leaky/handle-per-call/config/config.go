// Package config loads the settings of tenants.
package config

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"logcap.test/programs/leaky/handle-per-call/store"
)

var errIncomplete = errors.New("setting is incomplete")

// Tenant is who has settings.
type Tenant struct {
	ID int
	// Draft says that its settings are not complete.
	Draft bool
	// Parse is how long they take to be understood.
	Parse time.Duration
}

// Loader loads settings.
type Loader struct {
	from   store.Opener
	mu     sync.Mutex
	values map[int]string
}

// NewLoader loads from what an opener opens.
func NewLoader(from store.Opener) *Loader {
	return &Loader{from: from, values: map[int]string{}}
}

// Load loads the settings of one tenant.
func (l *Loader) Load(t Tenant) error {
	h, err := l.from.Open("tenant-" + strconv.Itoa(t.ID)) // cause
	if err != nil {
		return err
	}
	value, err := h.Read("limits")
	if err != nil {
		return fmt.Errorf("load settings of tenant %d: %w", t.ID, err)
	}
	time.Sleep(t.Parse)
	if t.Draft {
		return fmt.Errorf("load settings of tenant %d: %w", t.ID, errIncomplete)
	}
	l.keep(t.ID, value)
	return h.Close()
}

func (l *Loader) keep(tenant int, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.values[tenant] = value
}
