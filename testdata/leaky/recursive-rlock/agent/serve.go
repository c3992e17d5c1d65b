package agent

import "logcap.test/programs/leaky/recursive-rlock/flags"

// forever calls do again and again.
func forever(do func() error) error {
	for {
		if err := do(); err != nil {
			return err
		}
	}
}

// Serve evaluates a tenant's flags all the time.
func (a *Agent) Serve(s flags.Set, evaluators int) {
	for range evaluators {
		go func() { // leak:stuck-func
			for {
				s.Evaluate()
			}
		}()
	}
	go func() { // leak:stuck-func
		for {
			s.Reload()
		}
	}()
}

// ServeLimits does so with limits.
func (a *Agent) ServeLimits(s flags.Set, evaluators int) {
	for range evaluators {
		go forever(s.Evaluate) // leak:stuck-method
	}
	go forever(s.Reload) // leak:stuck-method
}

// ServeCatalogue does so with a product's flags.
func (a *Agent) ServeCatalogue(s flags.Set, evaluators int) {
	for range evaluators {
		a.group.Go(func() error { return forever(s.Evaluate) }) // leak:stuck-wg
	}
	a.group.Go(func() error { return forever(s.Reload) }) // leak:stuck-wg
}
