// Package commands is the only room that knows cobra: one file a command,
// flags in, one call, one rendering out. It holds no logic of its own.
package commands

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Exit codes. See `logcap help exit-codes`.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitFindings    = 3
	exitInterrupted = 130
)

// Main runs logcap and returns its exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.Execute(); err != nil {
		fmt.Fprintf(stderr, "logcap: %v\n", err)
		return exitUsage
	}
	return exitDone
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "logcap",
		Short:         "find goroutine leaks in running Go processes",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newVersion())
	return root
}
