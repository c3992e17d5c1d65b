package process

import "bytes"

// ruby is the rule for what Exception#full_message writes and for a backtrace below
// the message that a Logger writes; ` or, since Ruby 3.4, ' before a method:
// https://docs.ruby-lang.org/en/3.4/Exception.html#method-i-full_message
type ruby struct{}

const (
	rubyRaised    state = iota + 1 // behind file:line:in 'method': message (Class): the message may have more lines
	rubyNamed                      // behind another line that names a class of exceptions
	rubyThread                     // behind #<Thread:…> terminated with exception
	rubyFrames                     // behind a frame; the exception's cause may come next
	rubyBacktrace                  // behind a frame of a backtrace without from, which ends with it
)

func (ruby) begins(line []byte) state {
	if len(line) < 4 {
		return 0
	}
	switch line[len(line)-1] {
	case ')':
		if !rubyClass(line) {
			break
		}
		if rubyPlace(line) {
			return rubyRaised
		}
		return rubyNamed
	case 'n':
		if ends(line, ": unhandled exception") && rubyPlace(line) {
			return rubyRaised
		}
	case ':':
		switch {
		case has(line, "#<Thread:") && ends(line, "terminated with exception (report_on_exception is true):"):
			return rubyThread
		case upper(line[0]) && ends(line, "):"): // ZeroDivisionError (divided by 0):
			name, _, _ := bytes.Cut(line, []byte(" ("))
			if rubyName(name) {
				return rubyNamed
			}
		}
	}
	if upper(line[0]) { // ArgumentError: text
		name, _, ok := bytes.Cut(line[:min(len(line), 128)], []byte(": "))
		if ok && rubyName(name) && (ends(name, "Error") || ends(name, "Exception")) {
			return rubyNamed
		}
	}
	return 0
}

// rubyClass says that a line ends with a class in parentheses: (Net::OpenTimeout).
func rubyClass(line []byte) bool {
	at := bytes.LastIndexByte(line, '(')
	return at >= 0 && rubyName(line[at+1:len(line)-1])
}

func rubyName(name []byte) bool {
	if len(name) == 0 || !upper(name[0]) {
		return false
	}
	for _, c := range name {
		if !identifying(c) && c != ':' {
			return false
		}
	}
	return true
}

// rubyPlace says that a line has file:line:in 'method' in it.
func rubyPlace(line []byte) bool {
	for rest := line; ; {
		at := bytes.Index(rest, []byte(":in "))
		if at < 0 || at+4 >= len(rest) {
			return false
		}
		if c := rest[at+4]; at > 0 && digit(rest[at-1]) && (c == '`' || c == '\'') {
			return true
		}
		rest = rest[at+4:]
	}
}

func (r ruby) goes(s state, line []byte) (state, verdict) {
	t := unindent(line)
	in := len(t) > 0 && t[0] != line[0]
	switch {
	case s == rubyThread && r.begins(line) == rubyRaised, s == rubyFrames && r.begins(line) == rubyRaised: // the second is its cause
		return rubyRaised, yes
	case s == rubyThread:
		return s, no
	case in && has(t, "from "), in && has(t, "... ") && ends(t, " levels..."):
		return rubyFrames, yes
	case ends(t, "'") && rubyPlace(t):
		return rubyBacktrace, yes
	case s == rubyRaised && in && len(bytes.Trim(t, "^~")) == 0: // below the part of the line that raised
		return s, yes
	case s == rubyRaised && r.begins(line) != rubyRaised, s == rubyNamed && len(t) == 0:
		return s, maybe
	}
	return s, no
}
