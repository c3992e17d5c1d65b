package commands

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/logcap/logcap/capture/deadletter"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// lettersOptions are the flags of what can be done with dead letters.
type lettersOptions struct {
	*streams
	state  string
	filter deadletter.Filter
	older  time.Duration
	to     string
	all    bool
}

// dir is where the letters are; it is an error when there is no such state directory.
func (o *lettersOptions) dir() (string, error) {
	if o.state == "" {
		return "", usagef("add --state DIR", "which dead letters: --state is not given")
	}
	if _, err := os.Stat(o.state); err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return "", usagef("", "--state %s: %w", o.state, err)
	}
	if o.older > 0 {
		o.filter.Before = time.Now().Add(-o.older)
	}
	return filepath.Join(o.state, lettersDir), nil
}

// newDeadLetters is what can be done with what sinks have refused for good. The collector may run meanwhile.
func newDeadLetters(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "deadletters",
		Short: "what sinks have refused for good: look at it, send it again, remove it",
		Long: `Records that a sink has refused for good are kept below capture's --state directory as
JSON lines, with the reason. The collector may run while they are read, sent again or removed.`,
		Example: "  logcap capture deadletters ls --state /var/lib/logcap\n  logcap capture deadletters replay --state /var/lib/logcap --to http=https://logs.example/in",
	}
	add := func(name, flags, short, example string, run func(context.Context, *lettersOptions) error) *cobra.Command {
		o := &lettersOptions{streams: s}
		c := &cobra.Command{
			Use: name + " --state DIR" + flags, Short: short, Args: takes(cobra.NoArgs),
			Example: "  logcap capture deadletters " + name + " --state /var/lib/logcap" + example,
			RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
		}
		f := c.Flags()
		f.StringVar(&o.state, "state", "", "the directory that capture was given")
		f.StringVar(&o.filter.Sink, "sink", "", "only what this sink has refused: http, file-2")
		f.StringVar(&o.filter.Reason, "reason", "", "only what was refused for this reason: invalid, too-large")
		f.DurationVar(&o.older, "older-than", 0, "only what was refused so long ago: 24h")
		switch name {
		case "replay":
			f.StringVar(&o.to, "to", "", "where to, as for capture: http=URL, file=PATH, stdout")
		case "purge":
			f.BoolVar(&o.all, "all", false, "remove all of them")
		}
		cmd.AddCommand(c)
		return c
	}
	add("ls", "", "count them by sink and reason", "", lsLetters)
	add("show", "", "write them to stdout as they are kept, a JSON object a line", " --reason invalid", showLetters)
	add("replay", " --to SINK", "send them again, and remove those that are taken", " --to http=https://logs.example/in", replayLetters)
	add("purge", " [--all]", "remove them", " --older-than 720h", purgeLetters)
	return cmd
}

// lsLetters writes a line for each sink and reason.
func lsLetters(_ context.Context, o *lettersOptions) error {
	dir, err := o.dir()
	if err != nil {
		return err
	}
	type kind struct{ sink, reason string }
	type sum struct {
		n           uint64
		bytes       int
		first, last time.Time
		said        string
	}
	sums := map[kind]*sum{}
	var broken []error
	err = deadletter.Read(dir, func(e deadletter.Entry) error {
		l := &e.Letter
		switch {
		case e.Err != nil:
			broken = append(broken, e.Err)
			return nil
		case !o.filter.Takes(l):
			return nil
		}
		k := kind{l.Sink, l.Reason}
		if sums[k] == nil {
			sums[k] = &sum{first: l.Refused}
		}
		s := sums[k]
		s.n, s.bytes, s.last, s.said = s.n+1, s.bytes+len(e.Line), l.Refused, l.Error
		return nil
	})
	if err != nil {
		return err
	}
	kinds := make([]kind, 0, len(sums))
	for k := range sums {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b kind) int { return strings.Compare(a.sink+"\x00"+a.reason, b.sink+"\x00"+b.reason) })
	w := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SINK\tREASON\tRECORDS\tBYTES\tFIRST\tLAST\tTHE LAST ERROR")
	for _, k := range kinds {
		s := sums[k]
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%s\n", printable(k.sink, false), printable(k.reason, false), s.n, s.bytes, moment(s.first), moment(s.last), printable(s.said, false))
	}
	return errors.Join(w.Flush(), errors.Join(broken...))
}

// showLetters writes the lines as they are.
func showLetters(_ context.Context, o *lettersOptions) error {
	dir, err := o.dir()
	if err != nil {
		return err
	}
	var broken []error
	err = deadletter.Read(dir, func(e deadletter.Entry) error {
		if e.Err != nil {
			broken = append(broken, e.Err)
			return nil
		}
		if !o.filter.Takes(&e.Letter) {
			return nil
		}
		_, err := fmt.Fprintf(o.out, "%s\n", e.Line)
		return err
	})
	return errors.Join(err, errors.Join(broken...))
}

// replayLetters sends each letter in a Write of its own, so that it is known which are refused again.
func replayLetters(parent context.Context, o *lettersOptions) (err error) {
	dir, err := o.dir()
	if err != nil {
		return err
	}
	if o.to == "" {
		return usagef("add --to http=URL, or another sink of capture's", "where to send them: --to is not given")
	}
	to := &captureOptions{streams: o.streams, to: []string{o.to}}
	made, err := to.sinks(notice.New(to.tell))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, made.close()) }()
	ctx, release := interruptible(parent)
	defer release()
	var refused uint64
	var why *sink.Rejected
	sent, err := deadletter.Sift(dir, o.filter, func(l *deadletter.Letter) (bool, error) {
		err := made.configs[0].Sink.Write(ctx, []*record.Batch{l.Batch()})
		if errors.As(err, &why) {
			refused++
			return false, nil
		}
		return err == nil, err
	})
	o.progressf("logcap: %s sent again, and removed from the dead letters", records(sent))
	if err != nil {
		return fmt.Errorf("replay dead letters: %w; the others stay", err)
	}
	if refused > 0 {
		return fmt.Errorf("replay dead letters: %s refused again, and stay: %w", records(refused), why)
	}
	return nil
}

// purgeLetters removes letters; all of them only when that is said.
func purgeLetters(_ context.Context, o *lettersOptions) error {
	dir, err := o.dir()
	if err != nil {
		return err
	}
	if o.all == (o.filter != deadletter.Filter{}) {
		return usagef("say which with --sink, --reason or --older-than; or --all", "which dead letters to remove is not clear")
	}
	n, err := deadletter.Sift(dir, o.filter, func(*deadletter.Letter) (bool, error) { return true, nil })
	o.progressf("logcap: %s removed from the dead letters", records(n))
	return err
}

// refusedForGood ends a run of --no-follow of which not everything was delivered.
type refusedForGood struct {
	records uint64
	state   string
}

func (e *refusedForGood) Error() string {
	return fmt.Sprintf("deliver what was read: %s refused for good, and kept as dead letters", records(e.records))
}

func (e *refusedForGood) Hint() string {
	return "logcap capture deadletters ls --state " + e.state + " says why"
}
