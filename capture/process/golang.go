package process

import "bytes"

// golang is the rule for panics, fatal errors and goroutine dumps as the Go
// runtime writes them (runtime/panic.go, runtime/traceback.go), and go run behind them.
type golang struct{}

const (
	goPanic     state = iota + 1 // behind panic: its message may have more lines
	goFatal                      // behind another first line: only the runtime's own lines come before a stack
	goStack                      // in a goroutine's stack
	goCall                       // behind a call: the line with its place comes next
	goGap                        // behind the empty line that ends a stack
	goRegisters                  // in the registers at the end of a crash
	goEnded                      // behind exit status
)

func (golang) begins(line []byte) state {
	if len(line) < 5 {
		return 0
	}
	switch c := line[0]; {
	case c == 'p' && has(line, "panic: "):
		return goPanic
	case c == 'g' && goHead(line):
		return goStack
	case c == 'f' && has(line, "fatal error: "), c == 'r' && has(line, "runtime: "),
		c == 'u' && has(line, "unexpected fault address "), c == '[' && has(line, "[signal SIG"),
		c == 'S' && has(line, "SIG") && goSignal(line):
		return goFatal
	case c == 'h', digit(c) && line[4] == '/': // 2026/11/24 08:00:00 http: panic serving 127.0.0.1:1234: text
		if at := bytes.Index(line[:min(len(line), 64)], []byte("http: panic serving ")); at == 0 || at > 0 && line[at-1] == ' ' {
			return goPanic
		}
	}
	return 0
}

// goHead says that a line is like "goroutine 7 [chan receive, 2 minutes]:".
func goHead(line []byte) bool {
	const head = "goroutine "
	return has(line, head) && len(line) > len(head) && digit(line[len(head)]) &&
		line[len(line)-1] == ':' && bytes.IndexByte(line, '[') > 0
}

// goSignal says that a line is like "SIGQUIT: quit".
func goSignal(line []byte) bool {
	n := 0
	for n < len(line) && upper(line[n]) {
		n++
	}
	return n > len("SIG") && has(line[n:], ": ")
}

func (golang) goes(s state, line []byte) (state, verdict) {
	switch {
	case s == goEnded:
		return s, no
	case s == goCall:
		if has(line, "\t") {
			return goStack, yes
		}
		return s, no
	case goHead(line), has(line, "runtime stack:"):
		return goStack, yes
	case has(line, "exit status ") && len(line) > 12 && digit(line[12]):
		return goEnded, yes
	}
	empty := len(line) == 0
	switch s {
	case goPanic:
		if has(line, "panic: ") {
			return s, no
		}
		return s, maybe
	case goFatal:
		if empty || has(line, "\t") || has(line, "[signal ") || has(line, "runtime: ") || has(line, "fatal error: ") ||
			has(line, "PC=") || has(line, "signal arrived ") || has(line, "goroutine running on other thread") {
			return s, maybe
		}
	case goStack:
		switch {
		case has(line, "\t"), has(line, "goroutine running on other thread"), has(line, "[originating from goroutine "),
			has(line, "...") && ends(line, "elided..."):
			return s, yes
		case empty:
			return goGap, maybe
		case goCalled(line):
			return goCall, maybe
		}
	case goGap, goRegisters:
		switch {
		case goRegister(line):
			return goRegisters, yes
		case empty:
			return s, maybe
		}
	}
	return s, no
}

// goCalled says that a line may be a call in a stack: main.(*T).f(0x1, {0x2, 0x3}), created by main.f in goroutine 7.
func goCalled(line []byte) bool {
	if has(line, "created by ") {
		return true
	}
	at := bytes.IndexByte(line, '(')
	return at > 0 && line[len(line)-1] == ')' && bytes.IndexByte(line[:at], ' ') < 0
}

// goRegister says that a line is like "rax    0x0".
func goRegister(line []byte) bool {
	name, value, ok := bytes.Cut(line, []byte{' '})
	value = bytes.TrimLeft(value, " ")
	if !ok || len(name) > 8 || !has(value, "0x") || len(value) > 18 {
		return false
	}
	for _, c := range value[2:] {
		if !digit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
