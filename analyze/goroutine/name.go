package goroutine

import (
	"strconv"
	"strings"
)

// Normalise gives the one name a function has in every form: without call
// arguments, type arguments as [...], and the package path unescaped
// ("gopkg.in/yaml%2ev3.Parse" is "gopkg.in/yaml.v3.Parse").
//
// The runtime's tracebacks print everything from the first [ to the last ] as
// [...], and only for a generic method of a generic type (Go 1.27) two of them;
// so does Normalise, or a proto and a dump would name one function differently.
func Normalise(funcName string) string {
	name := stripArgs(strings.TrimSpace(funcName))
	name = collapseTypeArgs(name)
	return unescapePath(name)
}

// stripArgs removes the "(0x1, {...}, ...)" a traceback prints after a name. A
// receiver's parentheses are followed by a dot, so only a final ) ends arguments.
func stripArgs(name string) string {
	if !strings.HasSuffix(name, ")") {
		return name
	}
	if i := strings.LastIndexByte(name, '('); i > 0 {
		return name[:i]
	}
	return name
}

func collapseTypeArgs(name string) string {
	first := strings.IndexByte(name, '[')
	last := strings.LastIndexByte(name, ']')
	if first < 0 || last < first {
		return name
	}
	// Generic method of a generic type: pkg.(*T[...]).M[...].
	depth := 0
	for i := first; i < last; i++ {
		switch name[i] {
		case '[':
			depth++
		case ']':
			depth--
		}
		if depth > 0 {
			continue
		}
		open := strings.IndexByte(name[i:], '[')
		if strings.HasPrefix(name[i:], "]).") && open > 0 {
			return name[:first] + "[...]" + name[i+1:i+open] + "[...]" + name[last+1:]
		}
		break
	}
	return name[:first] + "[...]" + name[last+1:]
}

// unescapePath undoes the linker's %xx in a package path (objabi.PathToPrefix);
// it escapes dots of the last path element only, so the first real dot after
// the last slash still ends the path.
func unescapePath(name string) string {
	if strings.IndexByte(name, '%') < 0 {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '%' && i+2 < len(name) {
			if v, err := strconv.ParseUint(name[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(v))
				i += 2
				continue
			}
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

// PackageOf is the import path in a normalised function name: "net/http" for
// "net/http.(*Server).Serve"; "" when the name has none. A last path element
// that holds a dot of its own ("yaml.v3") is told by the version suffix.
func PackageOf(name string) string {
	if i := strings.IndexByte(name, '['); i >= 0 {
		name = name[:i]
	}
	slash := strings.LastIndexByte(name, '/') + 1
	rest := name[slash:]
	dot := strings.IndexByte(rest, '.')
	if dot < 0 {
		return ""
	}
	if slash > 0 {
		// gopkg.in/yaml.v3.(*Decoder): the element goes on to the next dot when
		// what follows this one is a version, or when the element is a file-like name.
		next := strings.IndexByte(rest[dot+1:], '.')
		if next > 0 && isVersion(rest[dot+1:dot+1+next]) {
			dot += 1 + next
		}
	}
	return name[:slash+dot]
}

func isVersion(s string) bool {
	if len(s) < 2 || s[0] != 'v' {
		return false
	}
	_, err := strconv.ParseUint(s[1:], 10, 32)
	return err == nil
}

// isClosure tells whether the compiler made the name for a function literal.
func isClosure(name string) bool { return enclosing(name) != name }

// writtenIn is the function that a function literal was written in, which may be
// a literal too: "main.(*S).Start.func1" of "main.(*S).Start.func1.2". It is what
// a dump names as the creator when the literal is started where it is written.
func writtenIn(name string) string {
	if i := strings.LastIndexAny(name, ".-"); i > 0 && isClosure(name) {
		return name[:i]
	}
	return name
}

// enclosing is the named function that a function literal was written in:
// "main.(*S).Start" of "main.(*S).Start.func1.2". A name that is not a literal's
// is returned as it is.
func enclosing(name string) string {
	for {
		i := strings.LastIndexAny(name, ".-")
		if i <= 0 || !isClosurePart(name[i+1:], name[i] == '-') {
			return name
		}
		name = name[:i]
	}
}

// isClosurePart knows the parts the compiler appends: func1, gowrap2,
// deferwrap1, the bare number of a literal in a literal, and -range1 for the
// body of a range over a function.
func isClosurePart(part string, dash bool) bool {
	prefixes := []string{"func", "gowrap", "deferwrap", ""}
	if dash {
		prefixes = []string{"range"}
	}
	for _, p := range prefixes {
		if digits, ok := strings.CutPrefix(part, p); ok && isDigits(digits) {
			return true
		}
	}
	return false
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
