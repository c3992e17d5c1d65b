package mechanism

import (
	"fmt"

	"github.com/logcap/logcap/analyze/explain/repair"
)

// unlocked: who waits is told, but the change is made without the Cond's lock,
// and can fall between the look at the condition and the Wait.
func (c *Case) unlocked(needs []need) *Decision {
	for _, n := range needs {
		for _, w := range c.Program.Writes(n.obj) {
			may, clear := n.serves(w)
			if !may || !clear || w.In == c.Op.In || c.makesCond(w.In) || !c.Program.Graph(w.In).Holds(w.Node) {
				continue
			}
			if c.underCond(w.In, w.Node) || c.callersUnderCond(w.In) {
				continue
			}
			line := c.Program.Line(w.Node)
			return &Decision{
				Sure:  true,
				Cause: Place{w.Node.Pos(), fmt.Sprintf("%s changes %s without the lock of %s", w.In.Name, text(w.Target), name(c.Op))},
				Evidence: []Place{
					{c.Op.Pos(), fmt.Sprintf("the goroutine looks at %s under the lock, and waits", text(n.at))},
					{w.Node.Pos(), fmt.Sprintf("%s changes it without the lock: between the look and the Wait nobody is there to be told", w.In.Name)},
				},
				Fix: &repair.Fix{
					Title: fmt.Sprintf("Change %s under the lock", text(w.Target)),
					Why:   "Whoever holds the lock and has looked does wait by then, and is told.",
					Steps: []string{fmt.Sprintf("hold the lock of %s around line %d", name(c.Op), line)},
				},
			}
		}
	}
	return nil
}
