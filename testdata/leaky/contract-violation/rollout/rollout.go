// Package rollout brings releases into production.
package rollout

import (
	"errors"
	"fmt"
	"time"
)

// Watch is somebody who looks after a release.
type Watch interface {
	Stop()
}

// State is how far a release is.
type State struct {
	Ready, Wanted int
}

// Release is what is rolled out.
type Release struct {
	ID int
	// Takes is how long its instances need to start.
	Takes time.Duration
	// Broken says that they will not become ready.
	Broken bool
}

// Roller rolls out releases.
type Roller struct {
	// Begin starts a watch of a release.
	Begin func(rel Release) Watch
}

var errNotReady = errors.New("instances are not ready")

// Roll brings one release into production and watches it meanwhile.
func (ro *Roller) Roll(rel Release) error {
	w := ro.Begin(rel) // cause
	if err := ro.install(rel); err != nil {
		return fmt.Errorf("roll out release %d: %w", rel.ID, err)
	}
	w.Stop()
	return nil
}

func (ro *Roller) install(rel Release) error {
	time.Sleep(rel.Takes)
	if rel.Broken {
		return errNotReady
	}
	return nil
}
