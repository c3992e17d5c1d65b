package source

import (
	"cmp"
	"go/version"
	"maps"
	"runtime"
	"slices"
	"strings"
)

// languageVersion is a go.mod's version for the type checker; "" for the newest
// it knows, when the module asks for a newer one.
func languageVersion(v string) string {
	if v == "" {
		return ""
	}
	v = "go" + v
	if !version.IsValid(v) || version.Compare(version.Lang(v), ownVersion()) > 0 {
		return ""
	}
	return v
}

// ownVersion is the language that this program's type checker knows.
func ownVersion() string {
	v, _, _ := strings.Cut(runtime.Version(), " ")
	return version.Lang(v)
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
