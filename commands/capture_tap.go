package commands

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/logcap/logcap/capture/admin"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/tap"
)

type captureTapOptions struct {
	*streams
	askOptions
	tokenFile string
	filter    tap.Filter
	lines     int // 0: until it is ended
	format    string
}

func newCaptureTap(s *streams) *cobra.Command {
	opts := &captureTapOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "tap [URL]",
		Short: "show the records of a running collector as they pass",
		Long: `Show records as they pass through a running collector: behind its stages and
before its sinks, from now on, until Ctrl-C or --lines of them.

It changes nothing of what is collected and never holds it up. What passes
faster than it is taken is left out here, counted, and said on stderr.

On a terminal records are shown as capture shows them; into a pipe or a file
they are JSON lines, as sinks get them (docs/records.md). --format says which.

` + whereAsked + `
A collector with --admin-token-file shows records to who has the token; one
without only on a unix socket, as that of --state, to who may open it.`,
		Example: `  logcap capture tap --state /var/lib/logcap
  logcap capture tap --state /var/lib/logcap --name 'web-*' --grep ' 5\d\d '
  logcap capture tap -n 100 --format json > sample.jsonl
  logcap capture tap http://10.0.0.7:9600 --token-file /etc/logcap/token`,
		Args: takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCaptureTap(cmd.Context(), opts, args)
		},
	}
	f := cmd.Flags()
	opts.askOptions.flags(f)
	f.StringVar(&opts.tokenFile, "token-file", "", "file with the token of the collector's --admin-token-file")
	f.StringVar(&opts.filter.Source, "source", "", "only records of the source of this name, as top shows them")
	f.StringVar(&opts.filter.Name, "name", "", "only records of containers and files whose name this glob takes")
	f.StringVar(&opts.filter.Grep, "grep", "", "only records whose message has a match for this regular expression (RE2)")
	f.IntVarP(&opts.lines, "lines", "n", 0, "end after so many records; 0: do not")
	f.StringVar(&opts.format, "format", "", "text or json (default text on a terminal, else json)")
	return cmd
}

// answerWait is how long a collector may take to begin an answer.
const answerWait = 5 * time.Second

func runCaptureTap(parent context.Context, o *captureTapOptions, args []string) error {
	token, err := o.check()
	if err != nil {
		return err
	}
	address, err := o.address(args)
	if err != nil {
		return err
	}
	query := url.Values{}
	for key, value := range map[string]string{"source": o.filter.Source, "name": o.filter.Name, "grep": o.filter.Grep} {
		if value != "" {
			query.Set(key, value)
		}
	}
	ctx, release := interruptible(parent)
	defer release()
	resp, err := question{address: address, page: "/tap", query: query, token: token, patience: answerWait}.ask(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return unanswered(address, err, answerWait)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != admin.TapType {
		return refusal(address, resp)
	}
	o.progressf("logcap: what passes through the collector at %s from now on", address)
	err = o.show(ctx, resp.Body)
	var gone *sink.Gone
	var foreign *notRecord
	switch {
	case ctx.Err() != nil, errors.As(err, &gone), errors.Is(err, errEnough):
		return nil
	case errors.Is(err, io.EOF):
		o.progressf("logcap: the collector at %s has ended", address)
		return nil
	case errors.As(err, &foreign):
		return &noCollector{address, err}
	}
	return err
}

// check finds what is wrong with the flags, and reads the token.
func (o *captureTapOptions) check() (token string, err error) {
	var bad *tap.FilterError
	if err := o.filter.Check(); errors.As(err, &bad) {
		return "", usagef(bad.Hint(), "--%w", err)
	}
	if o.format == "" {
		o.format = "json"
		if o.terminal(o.out) {
			o.format = "text"
		}
	}
	switch {
	case o.lines < 0:
		return "", usagef("", "--lines is a number of records, and not %d", o.lines)
	case !slices.Contains([]string{"text", "json"}, o.format):
		return "", usagef("", "--format is text or json, and not %q", o.format)
	case o.tokenFile == "":
		return "", nil
	}
	text, err := os.ReadFile(o.tokenFile)
	if err != nil {
		return "", usagef("", "--token-file: %w", err)
	}
	if token = strings.TrimSpace(string(text)); token == "" || strings.ContainsAny(token, "\r\n") {
		return "", usagef("it holds what the collector's --admin-token-file does: one line", "--token-file: %s holds no token", o.tokenFile)
	}
	return token, nil
}

// refusal is the error of an answer that is no records.
func refusal(address string, resp *http.Response) error {
	var why struct{ Error, Hint string }
	text, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil || json.Unmarshal(text, &why) != nil || why.Error == "" {
		return stranger(address, resp.StatusCode)
	}
	hint := why.Hint
	if resp.StatusCode == http.StatusUnauthorized {
		hint = "give --token-file with what the collector's --admin-token-file holds"
	}
	return errVerdict{exitFailed, fmt.Sprintf("tap the collector at %s: %s", address, why.Error), hint}
}

// errEnough ends a tap that has shown what was asked for.
var errEnough = errors.New("shown")

// mostTapLine is longer than any line that comes from a tap, in bytes.
const mostTapLine = 8 << 20

// notRecord is a line that no collector sends.
type notRecord struct{ line string }

func (e *notRecord) Error() string { return fmt.Sprintf("what answers is no collector: %.60q", e.line) }

// show shows the lines of body. The error is never nil: errEnough, io.EOF when the collector ends as it should, or what went wrong.
func (o *captureTapOptions) show(ctx context.Context, body io.Reader) error {
	view := o.newTapView()
	missed := &tapMissed{streams: o.streams}
	defer missed.tell()
	in := bufio.NewReaderSize(body, 64<<10)
	var line []byte
	for shown := 0; ; {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull) && len(line) <= mostTapLine:
			continue
		case errors.Is(err, bufio.ErrBufferFull):
			return &notRecord{string(line)}
		case err != nil:
			if !errors.Is(err, io.EOF) || len(line) > 0 {
				err = fmt.Errorf("read from the collector: %w", noEnd(err))
			}
			return last(view.flush(ctx), err)
		}
		n, isMissed := missedOf(line)
		switch {
		case isMissed:
			missed.add(n)
		case !bytes.HasPrefix(line, []byte(`{"time":`)) || !view.add(line):
			return &notRecord{string(line)}
		default:
			shown++
		}
		line = line[:0]
		if o.lines > 0 && shown == o.lines {
			return last(view.flush(ctx), errEnough)
		}
		// What has come is shown before more is waited for.
		if more, _ := in.Peek(in.Buffered()); bytes.IndexByte(more, '\n') < 0 || view.full() {
			if err := view.flush(ctx); err != nil {
				return err
			}
		}
	}
}

// noEnd is err, but for an answer that ends within a line.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// last is the error of writing what there was, or else why no more comes.
func last(written, why error) error {
	if written != nil {
		return written
	}
	return why
}
