package commands

import (
	"context"
	"os"

	"github.com/spf13/pflag"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain"
	"github.com/logcap/logcap/analyze/explain/source"
)

// sourceOptions say where a target's source is.
type sourceOptions struct {
	path string
	trim []string
	none bool
}

func (o *sourceOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.path, "source-path", "", "folder of the target's source, which is read to explain the findings (default: the module around the working directory, when it is the target's)")
	f.StringArrayVar(&o.trim, "trim-path", nil, "take this prefix off the files that profiles name (repeatable)")
	f.BoolVar(&o.none, "no-source", false, "read no source")
}

func (o *sourceOptions) check() error {
	switch {
	case o.none && o.path != "":
		return usagef("", "--no-source and --source-path exclude each other")
	case o.path == "":
		return nil
	}
	info, err := os.Stat(o.path)
	switch {
	case err != nil:
		return usagef("name the folder with the target's go.mod", "--source-path: %w", err)
	case !info.IsDir():
		return usagef("name the folder with the target's go.mod", "--source-path %q is no folder", o.path)
	}
	return nil
}

// explain adds what the source says to an analysis.
func (o *sourceOptions) explain(ctx context.Context, a *analyze.Analysis) {
	if o.none {
		return
	}
	dir, err := os.Getwd()
	if err != nil {
		dir = "" // then only --source-path tells where the source is
	}
	explain.Explain(ctx, a, explain.Options{Source: source.Options{Path: o.path, Dir: dir, Trim: o.trim}, Build: true})
}
