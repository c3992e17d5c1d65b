package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
)

// drained are functions that read a body to its end, after which the connection is free without Close.
var drained = map[string]bool{"io.ReadAll": true, "io/ioutil.ReadAll": true, "io.Copy": true, "io.CopyBuffer": true}

// httpBodyNotClosed: a response's body is neither read to its end nor closed, and its connection waits for that.
func httpBodyNotClosed(c *Case) (*Decision, string) {
	switch {
	case !c.clientConn():
		return nil, ""
	case !c.unread():
		return nil, "the connections are idle: every body that they brought was read or closed"
	}
	h := &handles{c: c, drained: drained}
	all := c.attribute(h, c.responses())
	if len(all) == 0 {
		return nil, "every response in the source has its body closed, or read to its end, on every way"
	}
	line := func(cand *candidate) token.Pos {
		l := cand.last()
		if e, ok := l.firstExit().(*ast.ReturnStmt); ok && len(l.closes)+len(l.drains) > 0 && e.Pos() < l.in.Body.Rbrace {
			return e.Pos()
		}
		return l.x.Pos()
	}
	d := c.attributed(all, line, func(cand *candidate) string {
		l := cand.last()
		if cand.fate == late {
			return fmt.Sprintf("%s gets a response here in each round, and closes its body when all rounds are over", l.in.Name)
		}
		if line(cand) == l.x.Pos() {
			return fmt.Sprintf("%s gets a response here and does not close its body", l.in.Name)
		}
		return fmt.Sprintf("%s returns here without closing the body of the response", l.in.Name)
	})
	if first := standsClear(all, line); first != nil {
		d.Fix = c.closeFix(h, first)
	}
	return d, ""
}
