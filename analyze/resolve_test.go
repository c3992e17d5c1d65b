package analyze

import (
	"testing"

	"github.com/logcap/logcap/analyze/goroutine"
)

// TestResolve has a literal that is written in one function and started by another.
func TestResolve(t *testing.T) {
	written := goroutine.Site{Func: "shop.Plan", File: "plan.go", Line: 20, Entry: "shop.Plan.func1", Package: "shop", Exact: true}
	starts := goroutine.Frame{Func: "shop.spawn", File: "pool.go", Line: 7}
	launcher := goroutine.Frame{Func: "sync.(*WaitGroup).Go", File: "waitgroup.go", Line: 238}
	dump := func(creators ...goroutine.Frame) *goroutine.Group {
		g := &goroutine.Group{Site: written, Creators: map[goroutine.Frame]int{}}
		for _, f := range creators {
			g.Creators[f]++
		}
		return g
	}
	traced := []*birth{{creator: []goroutine.Frame{launcher, starts}, whole: true}}
	for _, test := range []struct {
		name   string
		dump   *goroutine.Group
		births []*birth
		line   int
	}{
		{"nothing but the literal", nil, nil, 20},
		{"a dump says who started it", dump(starts), nil, 7},
		{"a dump says a launcher did", dump(launcher), nil, 20},
		{"a trace saw who called that", dump(launcher), traced, 7},
	} {
		s := &Series{Key: "shop.Plan.func1", Proto: &goroutine.Group{Site: written}, Dump: test.dump}
		site, creators := resolve(s, test.births)
		if site.Line != test.line || !site.Exact || site.Entry != "shop.Plan.func1" || creators != nil {
			t.Errorf("%s: %+v, creators %v, want line %d", test.name, site, creators, test.line)
		}
	}
}

// TestFindWritten finds a site again whose creator one watch was told and the other took from where the literal is written.
func TestFindWritten(t *testing.T) {
	written := goroutine.Site{Func: "shop.Plan", Entry: "shop.Plan.func1", Exact: true}
	started := goroutine.Site{Func: "shop.spawn", Entry: "shop.Plan.func1", Exact: true}
	other := goroutine.Site{Func: "shop.run", Entry: "shop.Plan.func1", Exact: true}
	l := newLedger(&Analysis{Findings: []Finding{{Site: started}}})
	if l.find(&entry{id: Fingerprint(written), finding: Finding{Site: written}}) == nil {
		t.Error("not found by its entry")
	}
	if l.find(&entry{id: Fingerprint(other), finding: Finding{Site: other}}) != nil {
		t.Error("found, though both watches were told another creator")
	}
}
