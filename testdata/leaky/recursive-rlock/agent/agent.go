// Package agent evaluates flags in the background.
package agent

import (
	"golang.org/x/sync/errgroup"

	"logcap.test/programs/leaky/recursive-rlock/flags"
)

// Agent is what runs beside a service.
type Agent struct {
	group errgroup.Group
}

// Check evaluates a tenant's flags once, while they may be loaded again.
func (a *Agent) Check(s flags.Set) {
	go func() { // leak:func
		s.Evaluate()
	}()
	go func() { // leak:func
		s.Reload()
	}()
}

// CheckLimits does so with limits.
func (a *Agent) CheckLimits(s flags.Set) {
	go s.Evaluate() // leak:method
	go s.Reload()   // leak:method
}

// CheckCatalogue does so with a product's flags.
func (a *Agent) CheckCatalogue(s flags.Set) {
	a.group.Go(s.Evaluate) // leak:wg
	a.group.Go(s.Reload)   // leak:wg
}
