package analyze

import (
	"slices"

	"github.com/logcap/logcap/analyze/exectrace"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/lineage"
)

// birth is what is known of one goroutine's creation, whoever saw it.
type birth struct {
	id, parent uint64
	key        goroutine.Key // "" when its entry does not tell
	entry      goroutine.Frame
	// creator is the creator's stack at the go statement, innermost first. When
	// it is not whole, it is the go statement alone.
	creator []goroutine.Frame
	whole   bool
	// found is where the creator was found a moment later, innermost first.
	found []goroutine.Frame
}

// tracedBirth is one that an execution trace saw happen.
func tracedBirth(b *exectrace.Birth) *birth {
	return &birth{id: b.ID, parent: b.Parent, key: b.Key, entry: b.Entry, creator: b.Creator, whole: true}
}

// scannedBirth is one that scans of the process's memory came upon.
func scannedBirth(b *lineage.Birth) *birth {
	out := &birth{id: b.ID, parent: b.Parent, entry: b.Entry, found: b.Stack}
	if b.Created.Func != "" {
		out.creator = []goroutine.Frame{b.Created}
	}
	return out
}

// addScanned adds what scans of the process's memory told.
func (f *family) addScanned(h *History) {
	for _, timed := range h.Births {
		if timed.T < f.began {
			continue
		}
		for i := range timed.News.Births {
			b := &timed.News.Births[i]
			f.births[b.ID] = scannedBirth(b)
		}
		for _, l := range timed.News.Looks {
			f.looks[l.ID] = append(f.looks[l.ID], l.Stack)
		}
	}
}

// launch is the go statement of a birth, or the launcher's call in the code
// that called the launcher.
func (b *birth) launch() (goroutine.Frame, bool) {
	for _, f := range b.creator {
		if !goroutine.IsLauncher(f.Func) {
			return f, true
		}
	}
	return goroutine.Frame{}, false
}

// inPackage tells whether the creator was found in a call into the package of
// the go statement: what it called there led to the birth, or is the next round of the same.
func (b *birth) inPackage() bool {
	at, ok := b.launch()
	if !ok {
		return false
	}
	pkg := goroutine.PackageOf(at.Func)
	return slices.ContainsFunc(b.found, func(f goroutine.Frame) bool { return goroutine.PackageOf(f.Func) == pkg })
}

// calledFrom is the package of the code that called the one which launched the
// goroutine, "" when it is not known.
func (b *birth) calledFrom() string {
	at, ok := b.launch()
	if !ok {
		return ""
	}
	pkg := goroutine.PackageOf(at.Func)
	if b.whole {
		for i, f := range b.creator {
			if f.Func == at.Func && i+1 < len(b.creator) {
				return goroutine.PackageOf(b.creator[i+1].Func)
			}
		}
		return ""
	}
	for _, f := range b.found {
		if p := goroutine.PackageOf(f.Func); p != pkg && ownerOf(f) != ownStd {
			return p
		}
	}
	return ""
}
