// Package commands is the only room that knows cobra: one file a command,
// flags in, one call, one rendering out. It holds no logic of its own.
//
// The rules of every command: stdout holds the result and nothing else;
// progress, warnings and errors go to stderr; without a terminal there is no
// animation and no colour; an error is one lower-case line, its next step a
// line that begins with "hint:".
package commands

import (
	"context"
	"io"
	"log"
	"os"
	"slices"

	"github.com/spf13/cobra"
)

// Main runs logcap with the process's environment and returns its exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// net/http logs by itself what it also returns as an error, as the words of a
	// server that talks first: past the rules of stderr, and across a live view.
	log.SetOutput(io.Discard)
	s := &streams{in: stdin, out: stdout, err: stderr, lookup: os.LookupEnv}
	root := newRoot(s)
	root.SetArgs(args)
	err := root.ExecuteContext(context.Background())
	if err != nil {
		printError(stderr, err)
	}
	return exitCode(err)
}

// newRoot is the whole tree of commands on one set of streams.
func newRoot(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "logcap",
		Short: "find goroutine leaks in running Go processes; collect logs without one",
		Long: `logcap leak-watch watches a running Go process over its pprof endpoint, finds the
goroutines that never end, and writes the report: which go statement made them,
what they are blocked at, how fast they grow, and what each statement rests on.

logcap capture collects the logs of Docker containers and files and delivers
them at least once, in order.`,
		Example: `  logcap leak-watch demo                       # the first report, in 20 seconds
  logcap capture                               # the logs of all running containers
  logcap leak-watch localhost:6060             # until Ctrl-C, then the verdict
  logcap sites localhost:6060                  # one moment, by creation site`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			hint := "logcap --help lists the commands"
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				hint = "did you mean logcap " + near[0] + "?"
			}
			return usagef(hint, "there is no command %q", args[0])
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd, s.lookup); err != nil {
				return err
			}
			if !slices.Contains([]string{"auto", "always", "never"}, s.color) {
				return usagef("", "--color is auto, always or never, and not %q", s.color)
			}
			return nil
		},
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SuggestionsMinimumDistance = 3
	root.PersistentFlags().StringVar(&s.color, "color", "auto", "colour: auto, always, never")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef(flagHint(cmd, err), "%w", err)
	})
	root.AddCommand(newCapture(s), newLeakWatch(s), newReport(s), newSites(s), newCompare(s), newLint(s), newVersion(s))
	root.AddCommand(newTopics()...)
	root.SetHelpTemplate(helpTemplate)
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	refuseUnknownHelp(root)
	return root
}

// refuseUnknownHelp: cobra answers help on what is not there with the root's help and exit code 0.
func refuseUnknownHelp(root *cobra.Command) {
	help, _, err := root.Find([]string{"help"})
	if err != nil || help == root {
		return
	}
	show := help.Run
	help.RunE = func(cmd *cobra.Command, args []string) error {
		if found, _, err := root.Find(args); len(args) > 0 && (err != nil || found == root) {
			return usagef("logcap --help lists the commands and topics", "there is no help on %q", args[0])
		}
		show(cmd, args)
		return nil
	}
}

// takes turns a number of arguments that is wrong into a usage error.
func takes(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usagef("usage: "+cmd.UseLine(), "%w", err)
		}
		return nil
	}
}

// helpTemplate begins with what works when pasted.
const helpTemplate = `{{if .HasExample}}Examples:
{{.Example}}

{{end}}{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{if .Runnable}}Usage:
  {{.UseLine}}
{{end}}{{if .HasAvailableSubCommands}}
Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}
{{end}}{{if .HasAvailableLocalFlags}}
Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}{{if .HasAvailableInheritedFlags}}
Everywhere:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}{{if .HasHelpSubCommands}}
Topics:{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  logcap help {{rpad .Name 11}} {{.Short}}{{end}}{{end}}
{{end}}`
