package mechanism

import (
	"go/ast"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// An instance is one value that was made, as the outermost function that holds
// it sees it, and whether that what ends the wait for it is done there: a
// channel is closed or sent to, a cancel function is called.
type instance struct {
	// chain are the functions that hold it, the outermost first; the last is where it is made.
	chain []*code.Level
	// ends are the uses that end it, as far as they are reached from the chain.
	ends []code.Use
	// ended: every way from where it is made leads to an end.
	ended bool
	// at is the level on whose ways an end may be missed, exits are those ways.
	at    *code.Level
	exits []exit
	// dropped is the level to which the exits do not hand it, though it would end it; nil when it is otherwise.
	dropped *code.Level
	// removed are the places that delete it from the map that holds it.
	removed []code.Use
	// handed are the places that send it, or what holds it, over a channel.
	handed []code.Use
	// fetched are the places that receive it, or what holds it, from a channel.
	fetched []code.Use
	// given are the calls of functions that hand it back to who asks for it.
	given []*code.Call
	// elsewhere: there are ends, but in no function of the chain.
	elsewhere bool
}

// exit is a way out of a function.
type exit struct {
	in   *code.Func
	node ast.Node
	// call is set when it is not known that this function is called: it calls one of several.
	call *ast.CallExpr
	// sure: the function value is one of those for certain.
	sure bool
	// loose: an end is in a loop, and the way past it may be one that is never taken.
	loose bool
}

// instances looks at every value that a track stands for.
func (c *Case) instances(t *code.Track, ends []code.Use) []*instance {
	var out []*instance
	for _, top := range t.Levels {
		if slices.ContainsFunc(t.Levels, func(l *code.Level) bool { return l.Inner == top }) {
			continue
		}
		in := &instance{}
		for l := top; l != nil; l = l.Inner {
			in.chain = append(in.chain, l)
		}
		for _, u := range ends {
			if slices.Contains(in.chain, u.Level) {
				in.ends = append(in.ends, c.inPlace(t, u, in.chain)...)
			}
		}
		for _, u := range t.Of(code.Stored) {
			if _, sent := u.Node.(*ast.SendStmt); sent && !u.Over && slices.Contains(in.chain, u.Level) {
				in.handed = append(in.handed, u)
			}
		}
		for _, u := range t.Of(code.Fetched) {
			if slices.Contains(in.chain, u.Level) {
				in.fetched = append(in.fetched, u)
			}
		}
		for _, u := range t.Of(code.Returned) {
			if n := len(u.Via); n > 0 && slices.Contains(in.chain, u.Level) && u.Via[n-1].Kind == code.Plain {
				in.given = append(in.given, u.Via[n-1])
			}
		}
		for _, u := range t.Of(code.Removed) {
			if slices.Contains(in.chain, u.Level) {
				in.removed = append(in.removed, u)
			}
		}
		c.follow(in)
		c.followUp(t, in)
		out = append(out, in)
	}
	return out
}

// inPlace is a use, or in place of one in a function literal that is handed on the calls of that.
func (c *Case) inPlace(t *code.Track, u code.Use, chain []*code.Level) []code.Use {
	_, lit := u.Step()
	if lit == nil || lit.Lit == nil {
		return []code.Use{u}
	}
	if _, ok := c.Program.Parent(lit.Lit).(*ast.CallExpr); ok {
		return []code.Use{u}
	}
	var out []code.Use
	for _, call := range t.Uses {
		if call.Runs(lit) && slices.Contains(chain, call.Level) {
			out = append(out, call)
		}
	}
	return out
}

func (c *Case) follow(in *instance) {
	if len(in.ends) == 0 {
		return
	}
	direct := slices.DeleteFunc(slices.Clone(in.ends), func(u code.Use) bool { return u.Over })
	over := len(direct) < len(in.ends)
	if over { // who hands it over leaves it to those who get it
		direct = append(direct, in.handed...)
	}
	in.elsewhere = true
	for _, l := range in.chain {
		if l.In == nil {
			continue
		}
		w := &ways{c: c, ends: direct, given: in.given, seen: map[*code.Func]bool{}}
		exits, has := w.out(l.In, l.Call)
		if !has {
			continue
		}
		in.elsewhere = false
		if len(exits) == 0 {
			in.ended, in.at, in.exits = true, nil, nil
			break
		}
		if in.at == nil {
			in.at, in.exits = l, exits
		}
	}
	if over && (in.ended || in.elsewhere) {
		in.ended = false
		c.followFetched(in)
	}
}
