package source

import (
	"context"
	"errors"
	"fmt"
	"go/version"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// What is not known when the packages were not listed by the go command.
const withoutList = "the types of other modules are known only where their source is in a vendor folder"

// list finds the tree's packages: from the go command, by the ways that are
// left when it refuses, and from the folders themselves when nothing helps.
func list(ctx context.Context, o Options, r root, told *warnings) (*index, Level, error) {
	g, err := newGoCommand(o.Env)
	if err != nil {
		told.add(err.Error() + ": " + withoutList)
		x, err := walkAll(ctx, o, r, nil)
		return x, Syntax, err
	}
	if r.module == "" {
		told.add("there is no go.mod in " + strconv.Quote(r.dir) + ": its packages are taken as they lie there, and " + withoutList)
		x, err := walkAll(ctx, o, r, g)
		return x, Syntax, err
	}
	units, first := g.list(ctx, r, nil)
	if first != nil && ctx.Err() == nil {
		units, err = g.otherwise(ctx, r, told)
	}
	if ctx.Err() != nil {
		return nil, Syntax, ctx.Err()
	}
	if first != nil && err != nil {
		told.add("the go command does not list the packages (" + first.Error() + "): they are taken as they lie there, and " + withoutList)
		x, err := walkAll(ctx, o, r, g)
		return x, Syntax, err
	}
	for _, u := range units {
		if u.own && len(u.files) == 0 && u.problem != "" {
			newWalker(o.Env).folder(u)
		}
	}
	return newIndex(r, units), Types, nil
}

// otherwise lists packages that the go command refused to list at first.
func (g *goCommand) otherwise(ctx context.Context, r root, told *warnings) ([]*unit, error) {
	env := []string{"GOWORK=off"}
	units, err := g.list(ctx, r, env)
	if err == nil {
		told.add("the go.work above does not fit this module, so the module is read alone")
		return units, nil
	}
	var flags []string
	if own, err := g.version(ctx); err == nil && r.goVersion != "" && version.Compare("go"+r.goVersion, own) > 0 {
		dir, err := os.MkdirTemp("", "logcap-source-")
		if err != nil {
			return nil, fmt.Errorf("make a folder for another go.mod: %w", err)
		}
		defer os.RemoveAll(dir)
		if flags, err = lowered(r, dir, own); err != nil {
			return nil, err
		}
		if units, err := g.list(ctx, r, env, flags...); err == nil {
			told.add("the module asks for go" + r.goVersion + ", and there is " + own + ": what is new in that language may not be understood")
			return units, nil
		}
	}
	if _, err := os.Stat(filepath.Join(r.dir, "vendor", "modules.txt")); err == nil {
		if units, err := g.list(ctx, r, env, append(flags, "-mod=readonly")...); err == nil {
			told.add("the vendor folder does not fit go.mod, so the packages of other modules are those of the module cache")
			return units, nil
		}
	}
	return nil, err
}

// lowered writes a copy of go.mod that asks for no newer Go than there is, into
// a folder of its own, and gives the flag by which the go command reads that.
func lowered(r root, dir, own string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(r.dir, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("copy go.mod: %w", err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "go":
			b.WriteString("go " + strings.TrimPrefix(version.Lang(own), "go") + "\n")
		case "toolchain":
		default:
			b.WriteString(line)
		}
	}
	copied := filepath.Join(dir, "go.mod")
	sums, err := os.ReadFile(filepath.Join(r.dir, "go.sum"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o600)
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err := errors.Join(err, os.WriteFile(copied, []byte(b.String()), 0o600)); err != nil {
		return nil, fmt.Errorf("copy go.mod: %w", err)
	}
	return []string{"-modfile=" + copied}, nil
}

// version is the go command's own, as "go1.26.1".
func (g *goCommand) version(ctx context.Context) (string, error) {
	out, err := g.run(ctx, os.TempDir(), nil, "env", "GOVERSION")
	v, _, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	return v, err
}

// std lists the standard library that the go command has.
func (g *goCommand) std(ctx context.Context) ([]*unit, error) {
	out, err := g.run(ctx, os.TempDir(), nil, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	src := filepath.Join(strings.TrimSpace(string(out)), "src")
	units, err := g.list(ctx, root{dir: src}, []string{"GOWORK=off"})
	for _, u := range units {
		u.own = false
	}
	return units, err
}
