package commands

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// streams are the three streams of a run and what is known of each: a stream's
// terminal is asked for itself, because stdout may be a file while stderr is not.
type streams struct {
	in       io.Reader
	out, err io.Writer
	lookup   func(string) (string, bool) // the environment
	color    string                      // --color: auto, always, never
}

// terminal says that a stream is one, and one that can move its cursor.
func (s streams) terminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok || s.env("TERM") == "dumb" {
		return false
	}
	return term.IsTerminal(int(f.Fd()))
}

// colored says whether a stream gets colour. --color wins, then NO_COLOR
// (no-color.org: any value but the empty one), then CLICOLOR_FORCE
// (bixense.com/clicolors: any value but 0), then the terminal.
func (s streams) colored(stream any) bool {
	force := s.env("CLICOLOR_FORCE")
	switch {
	case s.color == "always":
		return true
	case s.color == "never", s.env("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return s.terminal(stream)
}

// width is the number of columns of a stream's terminal; 100 without one.
func (s streams) width(stream any) int {
	if f, ok := stream.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 100
}

func (s streams) env(name string) string {
	v, _ := s.lookup(name)
	return v
}

// progressf writes one line about the work to stderr.
func (s streams) progressf(format string, args ...any) {
	fmt.Fprintf(s.err, "%s\n", printable(fmt.Sprintf(format, args...), false))
}
