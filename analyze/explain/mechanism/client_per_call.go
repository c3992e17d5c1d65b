package mechanism

import (
	"fmt"
	"go/token"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// onStack says whether a function whose name begins so is on the stack or has the go statement.
func (c *Case) onStack(prefixes ...string) bool {
	has := func(name string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	}
	return slices.ContainsFunc(c.Stack, has) || c.Finding != nil && (has(c.Finding.Site.Entry) || has(c.Finding.Site.Func))
}

// measured is the mechanism that the profiles alone tell.
func (c *Case) measured() analyze.Mechanism {
	if c.Finding == nil {
		return ""
	}
	return c.Finding.Mechanism
}

// clientConn: the goroutines are what net/http keeps for a client's connection.
func (c *Case) clientConn() bool {
	return c.onStack("net/http.(*persistConn).", "net/http.(*Transport).dialConn", "net/http.(*http2ClientConn).readLoop",
		"golang.org/x/net/http2.(*ClientConn).readLoop", "net/http/internal/http2.(*ClientConn).readLoop")
}

// unread: the connection's reader waits until somebody reads or closes the body it gave out.
func (c *Case) unread() bool {
	return c.measured() == analyze.HTTPBodyNotClosed ||
		c.onStack("net/http.(*persistConn).readLoop") && strings.HasPrefix(string(c.State), "select") && c.measured() != analyze.ClientPerCall
}

// clientPerCall: connections stay idle in Transports that were made for one call each.
func clientPerCall(c *Case) (*Decision, string) {
	switch {
	case !c.clientConn():
		return nil, ""
	case c.unread():
		return nil, "the connections are not idle: their readers wait for a body to be read"
	}
	h := &handles{c: c, idle: true}
	all := c.attribute(h, c.transports())
	if len(all) == 0 {
		all = c.attribute(h, c.foreignHandles(""))
	}
	if len(all) == 0 {
		return nil, "no Transport is made in the source for one call and left"
	}
	line := func(cand *candidate) token.Pos { return cand.x.Pos() }
	d := c.attributed(all, line, func(cand *candidate) string {
		return fmt.Sprintf("%s makes %s here for each call", cand.levels[0].in.Name, cand.what)
	})
	if first := standsClear(all, line); first != nil {
		d.Fix = c.clientFix(h, first)
	}
	return d, ""
}

// clientFix is the change that fits: close what holds the client, share the client, or close its idle connections.
func (c *Case) clientFix(h *handles, cand *candidate) *repair.Fix {
	l := cand.last()
	if len(cand.levels) > 1 {
		if fix := c.closeFix(h, cand); len(fix.Edits) > 0 {
			return fix
		}
	}
	if fix := c.shareFix(cand); fix != nil {
		return fix
	}
	fix := c.closeFix(h, cand)
	if len(fix.Edits) == 0 {
		fix.Steps = append(fix.Steps, fmt.Sprintf("make the client once and hand it to %s, which has one at %s", l.in.Name, c.at(l.x.Pos())))
	}
	return fix
}

// attributed is the decision that candidates make.
func (c *Case) attributed(all []*candidate, line func(*candidate) token.Pos, cause func(*candidate) string) *Decision {
	d := &Decision{Candidates: ranked(all, line)}
	first := standsClear(all, line)
	if first == nil {
		d.Cause = Place{token.NoPos, fmt.Sprintf("%d places may be it, and the first does not stand clear of the second", len(d.Candidates))}
		if len(d.Candidates) == 1 {
			d.Cause.Text = "one place may be it, and too little speaks for it"
		}
		for _, cand := range d.Candidates {
			d.Others = append(d.Others, Place{cand.Pos, cand.Why})
		}
		return d
	}
	d.Cause = Place{line(first), cause(first)}
	d.Sure = len(first.last().escapes) == 0 && first.doubt < 0.2 && (first.fate == lost || first.fate == late)
	for i, l := range first.levels {
		if i == 0 {
			d.Evidence = append(d.Evidence, Place{l.x.Pos(), fmt.Sprintf("%s is made here", first.what)})
			continue
		}
		d.Evidence = append(d.Evidence, Place{l.x.Pos(), fmt.Sprintf("%s hands it on to %s", first.levels[i-1].in.Name, l.in.Name)})
		d.Others = append(d.Others, Place{l.x.Pos(), fmt.Sprintf("%s gets it here", l.in.Name)})
	}
	slices.Reverse(d.Others)
	d.Evidence = append(d.Evidence, first.evidence...)
	for _, e := range first.last().exits {
		if pos, how := leaving(e); !slices.ContainsFunc(d.Evidence, func(p Place) bool { return p.Pos == pos }) && len(first.last().closes) > 0 {
			d.Others = append(d.Others, Place{pos, fmt.Sprintf("%s %s here without giving it back", first.last().in.Name, how)})
		}
	}
	return d
}

// at is a position as a person writes it: the file's last two elements and the line.
func (c *Case) at(pos token.Pos) string {
	p := c.Program.Position(pos)
	parts := strings.Split(strings.ReplaceAll(p.Filename, "\\", "/"), "/")
	return fmt.Sprintf("%s:%d", strings.Join(parts[max(0, len(parts)-2):], "/"), p.Line)
}
