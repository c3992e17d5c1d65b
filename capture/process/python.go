package process

// python is the rule for what the traceback module writes, exception groups included:
// https://docs.python.org/3/library/traceback.html
type python struct{}

const (
	pythonFrames  state = iota + 1 // in a traceback
	pythonGroup                    // in the margin of an exception group
	pythonRaised                   // behind the exception that ends a traceback
	pythonMessage                  // behind lines that may be more of the exception's message
	pythonChained                  // behind the words between two tracebacks
)

func (python) begins(line []byte) state {
	const head = "Traceback (most recent call last):"
	if len(line) < len(head) || line[len(line)-1] != ':' || !ends(line, head) {
		return 0
	}
	if pythonMargin(line) {
		return pythonGroup
	}
	return pythonFrames
}

// pythonMargin says that a line is drawn as those of an exception group.
func pythonMargin(line []byte) bool {
	t := unindent(line)
	return indented(line) && (t[0] == '|' || t[0] == '+')
}

func (p python) goes(s state, line []byte) (state, verdict) {
	if s == pythonRaised || s == pythonMessage || s == pythonChained {
		return p.behind(s, line)
	}
	switch {
	case s == pythonGroup && pythonMargin(line), s == pythonFrames && indented(line):
		return s, yes
	case s == pythonGroup && blank(line):
		return pythonMessage, maybe
	case s == pythonFrames && pythonException(line):
		return pythonRaised, yes
	}
	return s, no
}

// behind is goes between two tracebacks.
func (p python) behind(s state, line []byte) (state, verdict) {
	next := p.begins(line)
	switch {
	case s == pythonChained && next != 0:
		return next, yes
	case s == pythonChained && blank(line):
		return s, maybe
	case s == pythonChained || next != 0:
		return s, no
	case has(line, "During handling of the above exception, another exception occurred:"),
		has(line, "The above exception was the direct cause of the following exception:"):
		return pythonChained, yes
	case s == pythonRaised && (indented(line) || pythonDetail(line)):
		return s, yes
	case has(line, "[SQL: "):
		return pythonRaised, yes
	}
	return pythonMessage, maybe
}

// pythonDetail is for the messages of PostgreSQL and SQLAlchemy, which have several lines.
func pythonDetail(line []byte) bool {
	for _, head := range [...]string{"DETAIL: ", "HINT: ", "CONTEXT: ", "LINE ", "[SQL: ", "[parameters: ", "(Background on this error at: "} {
		if has(line, head) {
			return true
		}
	}
	return false
}

// pythonException says that a line begins with the name of an exception: ValueError: text,
// package.Class, function.<locals>.Class: text.
func pythonException(line []byte) bool {
	n := 0
	for n < len(line) && (identifying(line[n]) || line[n] == '.' || line[n] == '<' || line[n] == '>') {
		n++
	}
	return n > 0 && !digit(line[0]) && (n == len(line) || line[n] == ':')
}
