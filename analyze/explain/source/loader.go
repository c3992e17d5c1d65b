package source

import (
	"context"
	"errors"
	"go/ast"
	"go/types"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/logcap/logcap/analyze/explain/code"
)

// loader reads packages and checks their types: the chosen ones whole, those
// they need without the bodies of functions. Everything comes from source, so a
// type is one object wherever it is seen.
type loader struct {
	index  *index
	reader *reader
	chosen map[*unit]bool
	jobs   map[*unit]*job
	stubs  *stubs
	cores  chan struct{}

	mu sync.Mutex
	// absent are the imports for which there was nothing, stood those for which a stub stood in.
	absent, stood map[string]bool
}

// job is the work on one package.
type job struct {
	unit  *unit
	files []*ast.File
	needs []*unit // sorted by the paths that name them
	// needed are the needs again, without those that lead back to this package.
	needed map[*unit]bool
	// state is for the order: 0 not seen, 1 being visited, 2 done.
	state int
	done  chan struct{}
	pkg   *types.Package
	info  *types.Info
	errs  []error
	// stood: a stub stood in for something that it imports.
	stood bool
}

func newLoader(x *index, r *reader, chosen []*unit) *loader {
	l := &loader{index: x, reader: r, chosen: map[*unit]bool{}, jobs: map[*unit]*job{}, stubs: newStubs(r.fset),
		cores: make(chan struct{}, runtime.GOMAXPROCS(0)), absent: map[string]bool{}, stood: map[string]bool{}}
	for _, u := range chosen {
		l.chosen[u] = true
		l.jobs[u] = &job{unit: u, done: make(chan struct{})}
	}
	return l
}

// load gives the chosen packages by path. Its only error is the context's.
func (l *loader) load(ctx context.Context) ([]*code.Package, error) {
	if err := l.parse(ctx); err != nil {
		return nil, err
	}
	order := l.order()
	var wg sync.WaitGroup
	for _, j := range order {
		wg.Go(func() {
			defer close(j.done)
			for _, u := range j.needs {
				if j.needed[u] {
					<-l.jobs[u].done
				}
			}
			if ctx.Err() != nil {
				return
			}
			l.cores <- struct{}{}
			l.check(j)
			<-l.cores
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out []*code.Package
	for _, u := range l.index.own {
		if l.chosen[u] {
			j := l.jobs[u]
			out = append(out, &code.Package{Path: u.path, Name: j.pkg.Name(), Files: j.files, Types: j.pkg, Info: j.info, Errors: j.errs})
		}
	}
	return out, nil
}

// parse reads the chosen packages and, round by round, those that they need.
func (l *loader) parse(ctx context.Context) error {
	var round []*job
	for _, u := range l.index.own {
		if j := l.jobs[u]; j != nil {
			round = append(round, j)
		}
	}
	for len(round) > 0 {
		var wg sync.WaitGroup
		for _, j := range round {
			l.cores <- struct{}{}
			wg.Go(func() {
				l.read(j)
				<-l.cores
			})
			if ctx.Err() != nil {
				break
			}
		}
		wg.Wait()
		if err := ctx.Err(); err != nil {
			return err
		}
		var next []*job
		for _, j := range round {
			for _, u := range j.needs {
				if l.jobs[u] == nil {
					l.jobs[u] = &job{unit: u, done: make(chan struct{})}
					next = append(next, l.jobs[u])
				}
			}
		}
		round = next
	}
	return nil
}

// read parses a package's files and finds what it needs: all that is imported,
// and of a package without bodies only what its declarations name.
func (l *loader) read(j *job) {
	needed := map[string]bool{}
	for _, name := range j.unit.files {
		var syntax *ast.File
		if l.chosen[j.unit] {
			f := l.reader.file(name)
			syntax = f.syntax
			if f.err != nil {
				j.errs = append(j.errs, f.err)
			}
		} else {
			syntax = l.reader.declarations(name)
		}
		if syntax == nil || syntax.Name.Name != j.unit.name && j.unit.name != "" {
			continue
		}
		j.files = append(j.files, syntax)
		l.imported(syntax, j.unit, needed)
	}
	for _, path := range sortedKeys(needed) {
		if u := l.index.byPath[j.unit.resolve(path)]; u != nil && len(u.files) > 0 && u != j.unit {
			j.needs = append(j.needs, u)
		}
	}
}

// imported notes what a file imports; of a stripped one only what is named in it.
func (l *loader) imported(syntax *ast.File, u *unit, needed map[string]bool) {
	used := map[string]bool{}
	if !l.chosen[u] {
		for _, d := range syntax.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					if id, ok := sel.X.(*ast.Ident); ok {
						used[id.Name] = true
					}
				}
				return true
			})
		}
	}
	for _, spec := range syntax.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil || path == "unsafe" || path == "C" {
			continue
		}
		name := ""
		if to := l.index.byPath[u.resolve(path)]; to != nil {
			name = to.name
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if l.chosen[u] || used[name] || name == "." || name == "" {
			needed[path] = true
		}
	}
}

// order puts packages behind those they need; an import that leads back is left out.
func (l *loader) order() []*job {
	var out []*job
	var visit func(*job)
	visit = func(j *job) {
		j.state = 1
		j.needed = map[*unit]bool{}
		for _, u := range j.needs {
			to := l.jobs[u]
			if to.state == 0 {
				visit(to)
			}
			j.needed[u] = to.state == 2
		}
		j.state = 2
		out = append(out, j)
	}
	for _, u := range l.index.own {
		if j := l.jobs[u]; j != nil && j.state == 0 {
			visit(j)
		}
	}
	return out
}

// check gives a package its types.
func (l *loader) check(j *job) {
	chosen := l.chosen[j.unit]
	conf := types.Config{
		Importer: importer{l, j}, IgnoreFuncBodies: !chosen, FakeImportC: true,
		GoVersion: languageVersion(j.unit.goVersion), Sizes: types.SizesFor("gc", runtime.GOARCH),
		Error: func(err error) {
			if chosen && !strings.Contains(err.Error(), "_C_") { // of C nothing is known
				j.errs = append(j.errs, err)
			}
		},
	}
	if chosen {
		j.info = &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
			Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
			Scopes: map[ast.Node]*types.Scope{}, Instances: map[*ast.Ident]types.Instance{},
		}
	}
	j.pkg, _ = conf.Check(j.unit.path, l.reader.fset, j.files, j.info) // the errors are in errs
	if !chosen {
		j.files = nil
	}
}

// importer gives one package what it imports.
type importer struct {
	loader *loader
	job    *job
}

var errAbsent = errors.New("its source is not here")

// Import gives the package that was read, else a stub of it. For what there is
// neither, its error makes the type checker take every name of it as it comes.
func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	l := i.loader
	u := l.index.byPath[i.job.unit.resolve(path)]
	if i.job.needed[u] {
		return l.jobs[u].pkg, nil
	}
	if u != nil && len(u.files) > 0 {
		return nil, errAbsent // named only in bodies that are not read, or leads back to this package
	}
	pkg := l.stubs.get(path)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.chosen[i.job.unit] {
		if pkg != nil {
			l.stood[path], i.job.stood = true, true
		} else {
			l.absent[path] = true
		}
	}
	if pkg == nil {
		return nil, errAbsent
	}
	return pkg, nil
}
