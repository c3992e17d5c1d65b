package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// root is the folder a tree begins at.
type root struct {
	dir       string
	module    string // "" without a go.mod
	goVersion string // of go.mod, without "go"; "" when it says none
	std       bool   // the standard library's own source
}

// findRoot is the module around the named folder, else around the working
// directory. Of a named folder without a go.mod around it, it is the module
// below that fits the positions best, else the folder as it is.
func findRoot(o Options, h Hints) (root, error) {
	start := o.Path
	if start == "" {
		start = o.Dir
	} else if !filepath.IsAbs(start) {
		start = filepath.Join(o.Dir, start)
	}
	start, err := filepath.Abs(start)
	if err != nil {
		return root{}, fmt.Errorf("find the source: %w", err)
	}
	info, err := os.Stat(start)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return root{}, &NoSource{Reason: strconv.Quote(start) + " does not exist", hint: hintPath}
	case err != nil:
		return root{}, &NoSource{Reason: err.Error(), hint: hintPath}
	case !info.IsDir():
		start = filepath.Dir(start)
	}
	if real, err := filepath.EvalSymlinks(start); err == nil {
		start = real
	}
	for dir := start; ; {
		if r, ok := moduleAt(dir); ok {
			return r, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	if o.Path == "" {
		return root{}, &NoSource{Reason: "there is no go.mod in " + strconv.Quote(start) + " or above it", hint: hintPath}
	}
	if below := nested(start, h); len(below) > 0 {
		return below[0], nil
	}
	return root{dir: start}, nil
}

// moduleAt reads a folder's go.mod; false when there is none.
func moduleAt(dir string) (root, bool) {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return root{}, false
	}
	r := root{dir: dir}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "//")
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		switch word {
		case "module":
			r.module = rest
			if plain, err := strconv.Unquote(rest); err == nil {
				r.module = plain
			}
		case "go":
			r.goVersion = rest
		}
	}
	r.std = r.module == "std"
	return r, true
}
