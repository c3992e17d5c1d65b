package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/logcap/logcap/analyze/explain/lint"
)

type lintOptions struct {
	*streams
	packages []string
	output   outputs
}

func newLint(s *streams) *cobra.Command {
	opts := &lintOptions{streams: s, output: outputs{formats: []string{"text", "json"}}}
	cmd := &cobra.Command{
		Use:   "lint [PACKAGE...]",
		Short: "say what the source proves to keep goroutines, without a running process",
		Long: `Look for goroutines that can never end, in source alone: sends that nobody
receives any more, locks that are kept on a way out, clients and handles made
for each call and never closed, contexts that nobody cancels. It says what it
can prove and nothing else; docs/lint.md lists the rules and how often they are wrong.

PACKAGE is what the go command takes: ./..., std, a path (default: the package here).
The exit code is 3 when something was reported, and 1 when a package does not load.

The same rules run as go vet's tool, with its cache:
go vet -vettool=$(which logcap) ./...`,
		Example: `  logcap lint ./...
  logcap lint -o json ./... > leaks.json`,
		Args: takes(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.packages = args
			return runLint(cmd.Context(), opts)
		},
	}
	cmd.Flags().VarP(&opts.output, "output", "o", "write the result as text or json, to a file or stdout (repeatable)")
	return cmd
}

func runLint(ctx context.Context, o *lintOptions) error {
	if err := o.output.check(); err != nil {
		return err
	}
	patterns := o.packages
	if len(patterns) == 0 {
		patterns = []string{"."}
	}
	found, err := lint.Run(ctx, ".", patterns)
	if err != nil {
		return err
	}
	errs := []error{o.output.write(o.out, func(w io.Writer, format string, _ bool) error {
		if format == "json" {
			return writeLintJSON(w, found)
		}
		return writeLint(w, found)
	})}
	for _, e := range found.Errors {
		errs = append(errs, errors.New(e))
	}
	if n := len(found.Reports); n > 0 {
		errs = append(errs, errVerdict{code: exitFindings, text: fmt.Sprintf("lint %s: %s", count(found.Packages, "package"), count(n, "report"))})
	}
	return errors.Join(errs...)
}

// writeLint writes what compilers write, for the editors that read it.
func writeLint(w io.Writer, found *lint.Result) error {
	for _, r := range found.Reports {
		if _, err := fmt.Fprintf(w, "%s:%d:%d: %s [%s]\n", r.File, r.Line, r.Column, printable(r.Message, false), r.Mechanism); err != nil {
			return err
		}
	}
	return nil
}

func writeLintJSON(w io.Writer, found *lint.Result) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Schema string `json:"schema"`
		*lint.Result
	}{"logcap.lint/1", found})
}

// Vet answers when the go command calls logcap as vet's tool, and ends the
// process then; otherwise it does nothing. It is called before Main, which returns an exit code.
func Vet(args []string) {
	if lint.AskedByVet(args) {
		lint.AnswerVet()
	}
}
