package process

import "bytes"

// java is the rule for stack traces as Throwable.printStackTrace writes them, and logging
// libraries after it: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Throwable.html#printStackTrace()
type java struct{}

const (
	javaNamed     state = iota + 1 // behind a line that begins with an exception: its message may have more lines
	javaMentioned                  // behind a line that has something like an exception in it
	javaFrames                     // behind a frame
)

func (java) begins(line []byte) state {
	if s := javaHeader(line); s != 0 {
		return s
	}
	// 2026-11-24 08:00:00 ERROR worker failed: java.lang.IllegalStateException: text
	for at := 1; at < len(line); at++ {
		next := bytes.IndexByte(line[at:], 'E')
		if next < 0 {
			break
		}
		at += next
		n := 0
		switch word := line[at:]; {
		case has(word, "Exception"):
			n = at + len("Exception")
		case has(word, "Error"):
			n = at + len("Error")
		}
		if n > 0 && (n == len(line) || line[n] == ':') && (identifying(line[at-1]) || line[at-1] == '.') {
			return javaMentioned
		}
	}
	return 0
}

// javaHeader is the state behind a line that begins with the name of an exception.
func javaHeader(line []byte) state {
	switch {
	case len(line) == 0 || !identifying(line[0]) || digit(line[0]):
		return 0
	case has(line, `Exception in thread "`), javaCause(line):
		return javaNamed
	}
	n, last, dotted := 0, 0, false
	for n < len(line) && (identifying(line[n]) || line[n] == '.') {
		if line[n] == '.' || line[n] == '$' {
			last, dotted = n+1, true
		}
		n++
	}
	if n < len(line) && line[n] != ':' {
		return 0
	}
	name := line[:n]
	named := ends(name, "Exception") || ends(name, "Error") || ends(name, "Throwable")
	switch {
	case named && dotted:
		return javaNamed
	case named, dotted && last < n && upper(line[last]):
		return javaMentioned // other languages have names like it
	}
	return 0
}

func javaCause(line []byte) bool { return has(line, "Caused by: ") || has(line, "Wrapped by: ") }

func (java) goes(s state, line []byte) (state, verdict) {
	t := unindent(line)
	in := len(t) > 0 && len(line) > 0 && t[0] != line[0]
	switch {
	case len(t) == 0:
	case in && has(t, "at "), in && has(t, "[CIRCULAR REFERENCE:"):
		return javaFrames, yes
	case in && has(t, "... ") && (ends(t, " more") || ends(t, " common frames omitted")):
		return javaFrames, yes
	case javaCause(t), in && has(t, "Suppressed: "):
		return javaNamed, yes
	}
	switch {
	case s == javaNamed && javaHeader(line) == 0:
		return s, maybe
	case s == javaMentioned && in:
		return s, maybe
	}
	return s, no
}
