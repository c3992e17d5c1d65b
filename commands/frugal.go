package commands

import "runtime/debug"

// frugalPercent is how much garbage a watch lets lie before it collects, as GOGC:
// the watch runs beside the process that is short of memory.
const frugalPercent = 50

// frugal sets that, unless the user has set GOGC, and gives what sets it back.
func frugal(lookup func(string) (string, bool)) func() {
	if _, set := lookup("GOGC"); set {
		return func() {}
	}
	was := debug.SetGCPercent(frugalPercent)
	return func() { debug.SetGCPercent(was) }
}
