// Command offsets makes analyze/procmem's table of layouts from real Go
// toolchains: for each version and architecture it builds a small program,
// reads the structs of its runtime from the DWARF, and the words for the wait
// reasons from the toolchain's own source.
//
//	go run ./scripts/offsets -o analyze/procmem/layouts.go
//	go run ./scripts/offsets -versions go1.28.0 # print what a new one has
//
// Toolchains come through GOTOOLCHAIN. Neighbouring versions with the same
// layout become one row.
package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/logcap/logcap/analyze/procmem"
)

// The first and the last patch release of each series that the table is for.
const defaultVersions = "go1.22.0 go1.22.12 go1.23.0 go1.23.12 go1.24.0 go1.24.13 go1.25.0 go1.25.8 go1.26.0 go1.26.8 go1.27.0 go1.27.4"

func main() {
	versions := flag.String("versions", defaultVersions, "toolchains, oldest first, separated by spaces")
	arches := flag.String("arches", "amd64 arm64", "architectures")
	out := flag.String("o", "", "write the table to this Go `file`; print it otherwise")
	flag.Parse()
	if err := run(strings.Fields(*versions), strings.Fields(*arches), *out); err != nil {
		fmt.Fprintln(os.Stderr, "offsets:", err)
		os.Exit(1)
	}
}

func run(versions, arches []string, out string) error {
	dir, err := os.MkdirTemp("", "offsets")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeProgram(dir); err != nil {
		return err
	}
	var rows []procmem.Layout
	for _, v := range versions {
		l, err := layoutOfAll(dir, v, arches)
		if err != nil {
			return err
		}
		if n := len(rows); n > 0 && extends(rows[n-1], *l) {
			rows[n-1].To, rows[n-1].Reasons = v, l.Reasons
			continue
		}
		rows = append(rows, *l)
	}
	text, err := render(rows)
	if err != nil || out == "" {
		os.Stdout.Write(text)
		return err
	}
	return os.WriteFile(out, text, 0o644)
}

func writeProgram(dir string) error {
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module offsets\n\ngo 1.22\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() { go println() }\n"), 0o644))
}

func same(a, b procmem.Layout) bool {
	a.From, a.To, b.From, b.To = "", "", "", ""
	return reflect.DeepEqual(a, b)
}

// extends: b differs from a at most by new words for wait reasons behind the
// old ones, so b's row serves both.
func extends(a, b procmem.Layout) bool {
	n := len(a.Reasons)
	if len(b.Reasons) < n || !slices.Equal(a.Reasons, b.Reasons[:n]) {
		return false
	}
	b.Reasons = a.Reasons
	return same(a, b)
}

// layoutOfAll reads a version's layout, which must be the same on all
// architectures, as it is as long as they have words of 8 bytes.
func layoutOfAll(dir, version string, arches []string) (*procmem.Layout, error) {
	var first *procmem.Layout
	for _, arch := range arches {
		l, err := layoutOf(dir, version, arch)
		if err != nil {
			return nil, fmt.Errorf("%s on %s: %w", version, arch, err)
		}
		if first != nil && !same(*first, *l) {
			return nil, fmt.Errorf("%s: %s has another layout than %s, and the table has one for both", version, arch, arches[0])
		}
		first = l
	}
	return first, nil
}

func layoutOf(dir, version, arch string) (*procmem.Layout, error) {
	env := append(os.Environ(), "GOTOOLCHAIN="+version, "GOARCH="+arch, "GOOS=linux", "CGO_ENABLED=0", "GOFLAGS=-mod=mod")
	bin := filepath.Join(dir, version+"-"+arch)
	build := exec.Command("go", "build", "-o", bin, ".")
	build.Dir, build.Env = dir, env
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, text)
	}
	root := exec.Command("go", "env", "GOROOT")
	root.Dir, root.Env = dir, env
	goroot, err := root.Output()
	if err != nil {
		return nil, err
	}
	f, err := elf.Open(bin)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := f.DWARF()
	if err != nil {
		return nil, err
	}
	l, err := procmem.LayoutFromDWARF(data)
	if err != nil {
		return nil, err
	}
	l.From, l.To = version, version
	src := filepath.Join(strings.TrimSpace(string(goroot)), "src", "runtime")
	if l.Reasons, err = reasons(filepath.Join(src, "runtime2.go")); err != nil {
		return nil, err
	}
	label, err := os.ReadFile(filepath.Join(src, "pprof", "label.go"))
	l.LabelMap = bytes.Contains(label, []byte("type labelMap map[string]string"))
	return l, err
}

// reasons reads the runtime's table of words for its wait reasons.
func reasons(path string) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, err
	}
	numbers := map[string]int{}
	var words []string
	for _, d := range file.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for i, spec := range gen.Specs {
			v, ok := spec.(*ast.ValueSpec)
			if !ok {
				continue
			}
			if gen.Tok == token.CONST && strings.HasPrefix(v.Names[0].Name, "waitReason") {
				numbers[v.Names[0].Name] = i
			}
			if gen.Tok == token.VAR && v.Names[0].Name == "waitReasonStrings" {
				words, err = table(v.Values[0].(*ast.CompositeLit), numbers)
			}
		}
	}
	if err == nil && len(words) == 0 {
		err = fmt.Errorf("%s has no waitReasonStrings", path)
	}
	return words, err
}

func table(lit *ast.CompositeLit, numbers map[string]int) ([]string, error) {
	words := make([]string, len(numbers))
	for _, e := range lit.Elts {
		kv := e.(*ast.KeyValueExpr)
		text, err := strconv.Unquote(kv.Value.(*ast.BasicLit).Value)
		if err != nil {
			return nil, err
		}
		n, ok := numbers[kv.Key.(*ast.Ident).Name]
		if !ok || n >= len(words) {
			return nil, fmt.Errorf("wait reason %v has no number", kv.Key)
		}
		words[n] = text
	}
	return words, nil
}

// render writes one row a layout: a reader compares rows, not fields.
func render(rows []procmem.Layout) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("// Code generated by go run ./scripts/offsets; DO NOT EDIT.\n\npackage procmem\n\n")
	b.WriteString("// layouts is the table of all versions that were seen, oldest first.\nfunc layouts() []Layout {\n\treturn []Layout{\n")
	for _, l := range rows {
		fmt.Fprintf(&b, "{\nFrom: %q, To: %q,\nText: %d, Gofunc: %d, LabelMap: %t,\n", l.From, l.To, l.Text, l.Gofunc, l.LabelMap)
		fmt.Fprintf(&b, "G: %s,\n", strings.ReplaceAll(fmt.Sprintf("%+v", l.G), " ", ", "))
		fmt.Fprintf(&b, "Reasons: %#v,\n},\n", l.Reasons)
	}
	b.WriteString("}\n}\n")
	return format.Source(bytes.ReplaceAll(b.Bytes(), []byte("G: {"), []byte("G: GLayout{")))
}
