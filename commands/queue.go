package commands

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/logcap/logcap/capture/queue"
)

// newQueue is what can be done with queues on disk. Both commands only read, also while a collector runs.
func newQueue(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "queue",
		Short:   "look at the queues that capture keeps on disk",
		Long:    "Look at the queues that logcap capture --queue disk keeps below its --state directory. Nothing is changed, and the collector may run.",
		Example: "  logcap capture queue inspect --state /var/lib/logcap\n  logcap capture queue fsck --state /var/lib/logcap",
	}
	cmd.AddCommand(newQueueCommand(s, "inspect", "show how much waits in each queue", runInspect),
		newQueueCommand(s, "fsck", "read every record and name what is damaged; exit code 1 when something is", runFsck))
	return cmd
}

func newQueueCommand(s *streams, name, short string, run func(*streams, []queue.Report) error) *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use:     name + " --state DIR",
		Short:   short,
		Args:    takes(cobra.NoArgs),
		Example: "  logcap capture queue " + name + " --state /var/lib/logcap",
		RunE: func(*cobra.Command, []string) error {
			reports, err := checkQueues(state)
			if err != nil {
				return err
			}
			return run(s, reports)
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "the directory that capture was given")
	return cmd
}

// checkQueues reads all queues of a state directory.
func checkQueues(state string) ([]queue.Report, error) {
	if state == "" {
		return nil, usagef("add --state DIR", "which queues: --state is not given")
	}
	dirs, err := queueDirs(state)
	if err != nil {
		return nil, err
	}
	if len(dirs) == 0 {
		return nil, &noQueues{state}
	}
	var all []queue.Report
	for _, dir := range dirs {
		r, err := queue.Check(dir)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// noQueues is a directory in which capture has kept none.
type noQueues struct{ dir string }

func (e *noQueues) Error() string { return fmt.Sprintf("read queues: there are none in %q", e.dir) }
func (e *noQueues) Hint() string {
	return "capture keeps them with --queue disk, in the directory of its --state"
}

func runInspect(s *streams, all []queue.Report) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SINK\tRECORDS\tBYTES\tSEGMENTS\tOLDEST\tNEWEST")
	for _, r := range all {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\t%s\n", filepath.Base(r.Dir), r.Waiting, r.Bytes, r.Segments, moment(r.Oldest), moment(r.Newest))
	}
	return w.Flush()
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func runFsck(s *streams, all []queue.Report) error {
	var damaged []string
	for _, r := range all {
		name := filepath.Base(r.Dir)
		for _, f := range r.Faults {
			fmt.Fprintf(s.out, "%s: %s\n", name, printable(f.String(), false))
		}
		if r.Rest > 0 {
			fmt.Fprintf(s.out, "%s: %d bytes at the end are no whole entry, as a kill or a write that goes on leaves them; the next start cuts them off\n", name, r.Rest)
		}
		if len(r.Faults) > 0 {
			damaged = append(damaged, name)
			continue
		}
		fmt.Fprintf(s.out, "%s: whole: %s in %s\n", name, records(r.Waiting), count(r.Segments, "segment"))
	}
	if len(damaged) > 0 {
		return errors.New("check queues: damaged: " + strings.Join(damaged, ", "))
	}
	return nil
}
