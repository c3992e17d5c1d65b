package source

import (
	"path"
	"strconv"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
)

// name is a function's name taken apart.
type name struct {
	pkg string // import path, "main" for a command
	// local is the declared function within the package, as "(*Cart).Total"; rest is all behind the package, without type arguments.
	local, rest string
	// literal: it is a function literal in the declared one; nth is its number when it is directly in it, else 0.
	literal bool
	nth     int
}

// parseName takes a profile's function name apart; false for what has no package.
func parseName(full string) (name, bool) {
	plain := code.WithoutTypeArgs(full)
	slash := strings.LastIndexByte(plain, '/') + 1
	dot := strings.IndexByte(plain[slash:], '.')
	if dot < 0 {
		return name{}, false
	}
	dot += slash
	n := name{pkg: unescape(plain[:dot]), rest: plain[dot+1:]}
	n.local = strings.TrimPrefix(code.Declared(full), plain[:dot+1])
	behind := strings.TrimPrefix(strings.TrimPrefix(n.rest, n.local), ".")
	for _, part := range strings.Split(behind, ".") {
		if digits, ok := strings.CutPrefix(part, "func"); ok && digits != "" && digits[0] >= '0' && digits[0] <= '9' {
			n.literal = true
		}
	}
	if nth, err := strconv.Atoi(strings.TrimPrefix(behind, "func")); err == nil && n.literal {
		n.nth = nth
	}
	return n, true
}

// inlined are the functions that may have been inlined to make a literal's
// name: a literal of f that was inlined into g is named g.f.func1, and of a
// method g.(*T).m.func1.
func (n name) inlined() []string {
	parts := strings.Split(n.rest, ".")
	var out []string
	for i, p := range parts {
		if i == 0 {
			continue
		}
		out = append(out, p)
		if i+1 < len(parts) {
			out = append(out, p+"."+parts[i+1])
		}
	}
	return out
}

// inlinedIn says whether a literal's name has, behind the literals of the
// function that it begins with, the name of a function that was inlined there:
// in F.func1.(*T).m.1 the lines are those of m.
func (n name) inlinedIn(local string) bool {
	if !n.literal || local == "" || local == n.local {
		return false
	}
	parts := strings.Split(n.rest, ".")
	literal := false
	for i, p := range parts {
		if literal && (p == local || i+1 < len(parts) && p+"."+parts[i+1] == local) {
			return true
		}
		digits, ok := strings.CutPrefix(p, "func")
		literal = literal || ok && digits != "" && digits[0] >= '0' && digits[0] <= '9'
	}
	return false
}

// unescape takes back what the linker does to an import path: dots in its last element are %2e.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// slashed is a profile's file name with slashes, whatever system it was built on, without the beginnings that say nothing.
func slashed(file string, trim []string) string {
	file = strings.ReplaceAll(file, `\`, "/")
	for _, t := range trim {
		t = strings.TrimSuffix(strings.ReplaceAll(t, `\`, "/"), "/")
		if rest, ok := strings.CutPrefix(file, t+"/"); ok && t != "" {
			return rest
		}
	}
	return file
}

// common is how many elements two slashed paths have in common at their ends.
func common(a, b string) int {
	n := 0
	for a != "" && b != "" && path.Base(a) == path.Base(b) {
		n++
		a, b = parentPath(a), parentPath(b)
	}
	return n
}

func parentPath(p string) string {
	i := strings.LastIndexByte(p, '/')
	if i <= 0 {
		return ""
	}
	return p[:i]
}
