package analyze

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/logcap/logcap/analyze/goroutine"
)

// Fingerprint names a site so that it is recognised after an edit, another
// build and another compiler: 16 hexadecimal digits of the SHA-256 of creator
// and entry, without lines, without what the compiler numbers (closures,
// wrappers, range bodies), without type arguments and vendor directories.
func Fingerprint(site goroutine.Site) string {
	creator, entry := stableName(site.Func), stableName(site.Entry)
	if creator == "" {
		creator = entry
	}
	if entry == "" {
		entry = creator
	}
	sum := sha256.Sum256([]byte(creator + "\x00" + entry))
	return hex.EncodeToString(sum[:8])
}

// stableName is a function's name without the parts that change although the
// code means the same.
func stableName(name string) string {
	name = goroutine.Normalise(name)
	if i := strings.LastIndex(name, "/vendor/"); i >= 0 {
		name = name[i+len("/vendor/"):]
	}
	name = strings.TrimPrefix(name, "vendor/")
	for {
		shorter := strings.TrimSuffix(name, "-fm") // a method value
		if i := strings.LastIndexAny(shorter, ".-"); i > 0 && numbered(shorter[i+1:]) {
			shorter = strings.TrimSuffix(shorter[:i], ".") // glob..func1
		}
		if shorter == name {
			return strings.ReplaceAll(name, "[...]", "")
		}
		name = shorter
	}
}

// numbered knows the parts that the compiler appends and counts: func1,
// gowrap1, deferwrap1, range1 and the bare number of a literal in a literal.
func numbered(part string) bool {
	for _, p := range [...]string{"func", "gowrap", "deferwrap", "range"} {
		if rest, ok := strings.CutPrefix(part, p); ok {
			part = rest
			break
		}
	}
	return part != "" && strings.Trim(part, "0123456789") == ""
}
