package analyze

import (
	"strings"

	"github.com/logcap/logcap/analyze/goroutine"
)

// Whose is a frame: the standard library's, a dependency's, or the target's own.
type owner int

const (
	ownUser owner = iota
	ownDependency
	ownStd
)

// stdRoots are the first elements of the standard library's import paths. A
// module may be named without a dot ("myapp"), so the lack of one decides nothing.
var stdRoots = map[string]bool{
	"archive": true, "bufio": true, "bytes": true, "cmp": true, "compress": true, "container": true, "context": true,
	"crypto": true, "database": true, "debug": true, "embed": true, "encoding": true, "errors": true, "expvar": true,
	"flag": true, "fmt": true, "go": true, "hash": true, "html": true, "image": true, "index": true, "internal": true,
	"io": true, "iter": true, "log": true, "maps": true, "math": true, "mime": true, "net": true, "os": true,
	"path": true, "plugin": true, "reflect": true, "regexp": true, "runtime": true, "slices": true, "sort": true,
	"strconv": true, "strings": true, "structs": true, "sync": true, "syscall": true, "testing": true, "text": true,
	"time": true, "unicode": true, "unique": true, "unsafe": true, "vendor": true, "weak": true,
}

// ownerOf tells from the function's package and the file's path. A module's
// version in the path (pkg/mod/x@v1, or x@v1 with -trimpath) or a vendor folder
// marks a dependency.
func ownerOf(f goroutine.Frame) owner {
	pkg := goroutine.PackageOf(f.Func)
	root, _, _ := strings.Cut(pkg, "/")
	switch {
	case stdRoots[root] || strings.HasPrefix(pkg, "golang.org/x/") && strings.Contains(f.File, "/src/vendor/"):
		return ownStd
	case strings.Contains(f.File, "@v") || strings.Contains(f.File, "/vendor/"):
		return ownDependency
	}
	return ownUser
}

// OwnCode says whether a place is the target's own code: neither the standard library's nor a dependency's.
func OwnCode(p Position) bool {
	return ownerOf(goroutine.Frame{Func: p.Func, File: p.File}) == ownUser
}

// userFrame is the innermost frame of the target's own code outside one
// package, "" for none; false when there is no such frame.
func userFrame(frames []goroutine.Frame, except string) (goroutine.Frame, bool) {
	for _, f := range frames {
		if ownerOf(f) == ownUser && goroutine.PackageOf(f.Func) != except {
			return f, true
		}
	}
	return goroutine.Frame{}, false
}

func hasUserFrame(frames []goroutine.Frame) bool {
	_, ok := userFrame(frames, "")
	return ok
}

// blockedAt is where a goroutine waits, as a person would point at it: the
// innermost frame outside the runtime's and sync's own machinery.
func blockedAt(frames []goroutine.Frame) goroutine.Frame {
	for _, f := range frames {
		switch goroutine.PackageOf(f.Func) {
		case "runtime", "sync", "internal/sync", "internal/poll", "time", "internal/runtime/sync":
			continue
		}
		return f
	}
	if len(frames) > 0 {
		return frames[0]
	}
	return goroutine.Frame{}
}
