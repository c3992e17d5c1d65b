package code

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/cfg"
)

// Graph is the ways through one function, on which its steps stand: calls, sends,
// receives, statements, in the order in which they are executed. A case of a
// select is a step of the way that takes it.
type Graph struct {
	fn     *Func
	blocks []*block
	where  map[ast.Node]spot
	bodies map[ast.Node]spot // where the bodies of range loops begin
}

type block struct {
	steps []ast.Node
	succs []*block
	// cond decides between two succs: the first when it holds. Nil where nothing is compared.
	cond ast.Expr
	// last: the function is left here, by falling off its end.
	last bool
}

type spot struct {
	block *block
	index int
}

// Graph is the graph of a function.
func (p *Program) Graph(f *Func) *Graph {
	if g := p.graphs[f]; g != nil {
		return g
	}
	comms := map[ast.Node]bool{}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if c, ok := n.(*ast.CommClause); ok && c.Comm != nil {
			comms[c.Comm] = true
			if a, ok := c.Comm.(*ast.AssignStmt); ok {
				comms[a.Lhs[0]] = true
			}
		}
		return true
	})
	raw := cfg.New(f.Body, func(call *ast.CallExpr) bool { return returns(f.Pkg, call) })
	g := &Graph{fn: f, where: map[ast.Node]spot{}, bodies: map[ast.Node]spot{}}
	made := map[*cfg.Block]*block{}
	for _, rb := range raw.Blocks {
		b := &block{}
		made[rb] = b
		g.blocks = append(g.blocks, b)
		switch rb.Kind {
		case cfg.KindSelectCaseBody:
			if c, ok := rb.Stmt.(*ast.CommClause); ok && c.Comm != nil {
				b.steps = append(b.steps, commOp(c.Comm))
				if _, ok := c.Comm.(*ast.AssignStmt); ok {
					b.steps = append(b.steps, c.Comm)
				}
			}
		case cfg.KindRangeBody:
			if r, ok := rb.Stmt.(*ast.RangeStmt); ok {
				g.bodies[r.Body] = spot{b, -1}
			}
		case cfg.KindRangeLoop:
			if rb.Stmt != nil {
				b.steps = append(b.steps, rb.Stmt)
			}
		}
		for _, n := range rb.Nodes {
			if comm, ok := n.(ast.Stmt); ok && comms[n] {
				g.operands(b, comm) // of all cases, before the select
			} else if !comms[n] {
				g.add(b, n)
			}
		}
	}
	for _, rb := range raw.Blocks {
		b := made[rb]
		for _, s := range rb.Succs {
			b.succs = append(b.succs, made[s])
		}
		if n := len(rb.Nodes); n > 0 && len(rb.Succs) == 2 {
			b.cond, _ = rb.Nodes[n-1].(ast.Expr)
		}
		if len(rb.Succs) == 0 && rb.Live && rb.Return() == nil && !deadEnd(rb, f.Pkg) {
			b.last = true
		}
	}
	for _, b := range g.blocks {
		for i, n := range b.steps {
			g.where[n] = spot{b, i}
		}
	}
	p.graphs[f] = g
	return g
}

// operands appends what a select evaluates of a case before it waits.
func (g *Graph) operands(b *block, comm ast.Stmt) {
	switch op := commOp(comm).(type) {
	case *ast.SendStmt:
		g.add(b, op.Chan)
		g.add(b, op.Value)
	case *ast.UnaryExpr:
		g.add(b, op.X)
	}
}

// deadEnd: the block ends in a call that does not return, or waits for ever.
func deadEnd(b *cfg.Block, pkg *Package) bool {
	if b.Kind == cfg.KindSelectAfterCase {
		return true // what would be default, where there is none
	}
	if len(b.Nodes) == 0 {
		return false
	}
	if x, ok := b.Nodes[len(b.Nodes)-1].(*ast.ExprStmt); ok {
		if call, ok := ast.Unparen(x.X).(*ast.CallExpr); ok {
			return !returns(pkg, call)
		}
	}
	return false
}

// returns says whether a call comes back.
func returns(pkg *Package, call *ast.CallExpr) bool {
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && id.Name == "panic" {
		if _, builtin := pkg.Info.Uses[id].(*types.Builtin); builtin {
			return false
		}
	}
	switch FullName(pkg, call) {
	case "os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf", "log.Panicln", "runtime.Goexit", "syscall.Exit":
		return false
	}
	return true
}

// add appends the steps of a node: what is evaluated in it first, then the node itself.
func (g *Graph) add(b *block, n ast.Node) {
	var inner func(n ast.Node)
	inner = func(n ast.Node) {
		ast.Inspect(n, func(x ast.Node) bool {
			switch x := x.(type) {
			case *ast.FuncLit:
				return false
			case *ast.GoStmt, *ast.DeferStmt:
				call := callOf(x)
				inner(call.Fun)
				for _, arg := range call.Args {
					inner(arg)
				}
				b.steps = append(b.steps, x)
				return false
			case *ast.CallExpr:
				inner(x.Fun)
				for _, arg := range x.Args {
					inner(arg)
				}
				b.steps = append(b.steps, x)
				return false
			case *ast.UnaryExpr:
				if x.Op == token.ARROW {
					inner(x.X)
					b.steps = append(b.steps, x)
					return false
				}
			case *ast.SendStmt:
				inner(x.Chan)
				inner(x.Value)
				b.steps = append(b.steps, x)
				return false
			case *ast.ReturnStmt:
				for _, r := range x.Results {
					inner(r)
				}
				b.steps = append(b.steps, x)
				return false
			}
			return true
		})
	}
	inner(n)
	switch n.(type) {
	case *ast.AssignStmt, *ast.IncDecStmt, *ast.ValueSpec, *ast.DeclStmt:
		b.steps = append(b.steps, n)
	}
}

// callOf is the call of a go or defer statement.
func callOf(n ast.Node) *ast.CallExpr {
	switch s := n.(type) {
	case *ast.GoStmt:
		return s.Call
	case *ast.DeferStmt:
		return s.Call
	}
	return nil
}

// Find is the first step for which want holds, in the order of the blocks.
func (g *Graph) Find(want func(ast.Node) bool) ast.Node {
	for _, b := range g.blocks {
		for _, n := range b.steps {
			if want(n) {
				return n
			}
		}
	}
	return nil
}

// Holds says whether a node is a step of the function.
func (g *Graph) Holds(n ast.Node) bool { _, ok := g.where[n]; return ok }

// Search follows every way from just behind a step, from the beginning when it
// is nil; from the beginning of its body when it is that of a range loop. A way ends at a step for which stop holds. It returns the steps at
// which find holds, and the ways out of the function that were reached: return
// statements, and the function's body for falling off its end.
func (g *Graph) Search(from ast.Node, stop, find func(ast.Node) bool) (found, exits []ast.Node) {
	return g.SearchIf(from, stop, find, nil)
}

// SearchIf is Search without the ways that never are taken: never says so of a
// condition that holds, or does not hold.
func (g *Graph) SearchIf(from ast.Node, stop, find func(ast.Node) bool, never func(cond ast.Expr, holds bool) bool) (found, exits []ast.Node) {
	at := spot{g.blocks[0], -1}
	if from != nil {
		var ok bool
		if at, ok = g.where[from]; !ok {
			if at, ok = g.bodies[from]; !ok {
				return nil, nil
			}
		}
	}
	seen := map[*block]bool{}
	var follow func(b *block, i int)
	follow = func(b *block, i int) {
		for ; i < len(b.steps); i++ {
			n := b.steps[i]
			if find != nil && find(n) {
				found = append(found, n)
			}
			if stop != nil && stop(n) {
				return
			}
			if _, ok := n.(*ast.ReturnStmt); ok {
				exits = append(exits, n)
				return
			}
		}
		if b.last {
			exits = append(exits, g.fn.Body)
			return
		}
		for i, s := range b.succs {
			if never != nil && b.cond != nil && len(b.succs) == 2 && never(b.cond, i == 0) {
				continue
			}
			if !seen[s] {
				seen[s] = true
				follow(s, 0)
			}
		}
	}
	follow(at.block, at.index+1)
	return found, exits
}

// InLoop says whether a step can come after itself.
func (g *Graph) InLoop(n ast.Node) bool {
	found, _ := g.Search(n, nil, func(x ast.Node) bool { return x == n })
	return len(found) > 0
}

// Before says whether b can come after a.
func (g *Graph) Before(a, b ast.Node) bool {
	found, _ := g.Search(a, nil, func(x ast.Node) bool { return x == b })
	return len(found) > 0
}
