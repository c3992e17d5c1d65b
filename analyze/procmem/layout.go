package procmem

import (
	"fmt"
	"go/version"
	"strings"
)

// Layout is where one version of the runtime keeps what is read here: offsets
// in bytes into its structs, the same on amd64 and arm64.
type Layout struct {
	// From and To are the first and the last release that were seen to have it.
	From, To string
	G        GLayout
	// Text and Gofunc are fields of runtime.moduledata.
	Text, Gofunc uint32
	// Reasons are the wait reasons by number, in the runtime's words.
	Reasons []string
	// LabelMap says that labels are a map (up to Go 1.23); they are a slice of
	// pairs later.
	LabelMap bool
}

// GLayout are the offsets of fields of runtime.g. Size is up to the end of the
// last of them, and not of the struct.
type GLayout struct {
	StackLo, StackHi             uint32
	SchedSP, SchedPC, SchedLR    uint32
	SyscallSP, SyscallPC, Status uint32
	ID, Since, Reason            uint32
	LockedM, Parent, GoPC        uint32
	StartPC, Labels              uint32
	// Seq is a byte that counts how often the goroutine has stopped running; 0 when there is none.
	Seq  uint32
	Size uint32
}

// layoutFor gives the table's layout for a version as build info names it, and
// how sure it is: exact for a release within the range that was seen.
func layoutFor(goVersion string) (l *Layout, exact bool) {
	release, experiment, _ := strings.Cut(goVersion, " ")
	if !version.IsValid(release) {
		return nil, false
	}
	var near *Layout
	all := layouts()
	for i := range all {
		l := &all[i]
		if version.Compare(l.From, release) > 0 {
			break
		}
		if version.Compare(release, l.To) <= 0 {
			return l, experiment == ""
		}
		near = l
	}
	// A later patch release of a series that was seen.
	return near, near != nil && version.Lang(near.To) == version.Lang(release) && experiment == ""
}

// reason is a wait reason in the runtime's words.
func (l *Layout) reason(n uint8) string {
	if int(n) < len(l.Reasons) {
		return l.Reasons[n]
	}
	return fmt.Sprintf("unknown wait reason %d", n)
}
