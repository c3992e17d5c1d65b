package mechanism

import "github.com/logcap/logcap/analyze/explain/code"

// conditionOf says whether a lock is the one that the Cond gives back while the goroutine waits.
func (c *Case) conditionOf(h held) bool {
	return c.onCond() && h.Op.On.Same(c.condLock())
}

// onCond says that the goroutines wait for a Cond.
func (c *Case) onCond() bool {
	return c.Op != nil && c.Op.Kind == code.Wait && string(c.State) == "sync.Cond.Wait"
}

// condLock is the lock of the Cond that is waited for.
func (c *Case) condLock() *code.Value { return c.Op.On.Element() }
