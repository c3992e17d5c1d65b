package source

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// listed is what the go command says of a package.
type listed struct {
	Dir, ImportPath, Name          string
	Standard, DepOnly              bool
	Module                         *listedModule
	GoFiles, CgoFiles              []string
	IgnoredGoFiles, InvalidGoFiles []string
	TestGoFiles, XTestGoFiles      []string
	Imports                        []string
	ImportMap                      map[string]string
	Error                          *struct{ Err string }
}

// listedModule is what it says of a package's module.
type listedModule struct {
	GoVersion string
	Main      bool
	Replace   *struct{ Version string }
}

// local: it lies on this disk to be worked on, as a workspace's modules and those that a replace puts there.
func (m *listedModule) local() bool {
	return m != nil && (m.Main || m.Replace != nil && m.Replace.Version == "")
}

const fields = "Dir,ImportPath,Name,Standard,DepOnly,Module,GoFiles,CgoFiles,IgnoredGoFiles,InvalidGoFiles,TestGoFiles,XTestGoFiles,Imports,ImportMap,Error"

// goCommand runs the go command without a network and without leave to write.
type goCommand struct {
	path string
	env  []string
}

var errNoGo = errors.New("there is no go command on the PATH")

// newGoCommand finds the go command in the environment it is going to run in.
func newGoCommand(env []string) (*goCommand, error) {
	path, goName := "", "go"
	if runtime.GOOS == "windows" {
		goName = "go.exe"
	}
	for _, dir := range filepath.SplitList(value(env, "PATH")) {
		name := filepath.Join(dir, goName)
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && (info.Mode()&0o111 != 0 || runtime.GOOS == "windows") {
			path = name
			break
		}
	}
	if path == "" {
		return nil, errNoGo
	}
	var flags []string
	for _, f := range strings.Fields(value(env, "GOFLAGS")) {
		if name := strings.TrimLeft(f, "-"); !strings.HasPrefix(name, "mod=") && !strings.HasPrefix(name, "modfile=") && name != "json" {
			flags = append(flags, f)
		}
	}
	env = append(env[:len(env):len(env)], "GOFLAGS="+strings.Join(flags, " "), "GOPROXY=off", "GONOPROXY=none", "GOSUMDB=off", "GOTOOLCHAIN=local", "GO111MODULE=on")
	return &goCommand{path: path, env: env}, nil
}

// value is the last setting of a variable.
func value(env []string, name string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(env[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// run gives what the go command writes in a folder.
func (g *goCommand) run(ctx context.Context, dir string, env []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, g.path, args...)
	cmd.Dir = dir
	cmd.Env = append(append(g.env[:len(g.env):len(g.env)], env...), "PWD="+dir)
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		said := strings.TrimSpace(errOut.String())
		if said == "" {
			said = err.Error()
		}
		return nil, errors.New(oneLine(strings.TrimPrefix(said, "go: ")))
	}
	return out, nil
}

// list asks for the packages of a folder's module and all they import.
func (g *goCommand) list(ctx context.Context, r root, env []string, flags ...string) ([]*unit, error) {
	args := append([]string{"list", "-e", "-deps", "-json=" + fields}, flags...)
	out, err := g.run(ctx, r.dir, env, append(args, "./...")...)
	if err != nil {
		return nil, err
	}
	var units []*unit
	own, said := false, ""
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		err := dec.Decode(&l)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read what go list wrote: %w", err)
		}
		if u := l.unit(); u != nil {
			units = append(units, u)
			own = own || u.own
		} else if l.Error != nil && said == "" {
			said = oneLine(l.Error.Err)
		}
	}
	if !own {
		return nil, errors.New(cmp.Or(said, "it knows no packages here"))
	}
	return units, nil
}

// unit is nil for what is no package that could be read.
func (l *listed) unit() *unit {
	u := &unit{path: l.ImportPath, name: l.Name, dir: l.Dir, own: !l.DepOnly || l.Module.local(), std: l.Standard, renamed: l.ImportMap}
	if l.Module != nil {
		u.goVersion = l.Module.GoVersion
	}
	if l.Error != nil {
		u.problem = oneLine(l.Error.Err)
	}
	for _, i := range l.Imports {
		if i != "C" {
			u.imports = append(u.imports, i)
		}
	}
	full := func(lists ...[]string) (out []string) {
		for _, list := range lists {
			for _, f := range list {
				if !filepath.IsAbs(f) {
					f = filepath.Join(l.Dir, f)
				}
				out = append(out, f)
			}
		}
		return out
	}
	// A file that does not parse may be listed as built too.
	u.files, u.ignored, u.tests = full(l.GoFiles, l.CgoFiles, l.InvalidGoFiles), full(l.IgnoredGoFiles), full(l.TestGoFiles, l.XTestGoFiles)
	slices.Sort(u.files)
	u.files = slices.Compact(u.files)
	if len(u.files)+len(u.ignored)+len(u.tests) == 0 && (!u.own || u.dir == "") {
		return nil
	}
	return u
}

// oneLine is a message on one line, of at most 200 bytes.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:197], "") + "…"
	}
	return s
}
