package commands

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
)

// check finds what is wrong with flags that are right one by one.
func (o *captureOptions) check() error {
	starts := 0
	for _, set := range []bool{o.fromStart, o.since != "", o.tail >= 0} {
		if set {
			starts++
		}
	}
	switch {
	case starts > 1:
		return usagef("take one of them", "--from-start, --since and --tail each say where to begin")
	case o.drain <= 0:
		return usagef("", "--drain-timeout is longer than 0, and not %v", o.drain)
	case !slices.Contains([]string{"auto", "api", "json-file"}, o.read):
		return usagef("", "--docker-read is auto, api or json-file, and not %q", o.read)
	case o.tail < -1:
		return usagef("", "--tail is a number of lines, and not %d", o.tail)
	}
	if err := o.queue.check(o.state); err != nil {
		return err
	}
	if slices.Contains(o.paths, "") {
		return usagef("a variable of the shell may be empty", "a path is empty")
	}
	if len(o.paths) > 0 && len(o.docker) == 0 && !slices.ContainsFunc(o.paths, notDirectory) {
		return usagef("name the files in it: '"+strings.TrimSuffix(o.paths[0], "/")+"/**'", "read %s: it is a directory", o.paths[0])
	}
	_, err := o.start(time.Now())
	return err
}

func notDirectory(path string) bool {
	info, err := os.Stat(path)
	return err != nil || !info.IsDir()
}

// start is where reading begins in what is there.
func (o *captureOptions) start(now time.Time) (source.Start, error) {
	switch {
	case o.fromStart:
		return source.Start{Mode: source.FromBeginning}, nil
	case o.tail >= 0:
		return source.Start{Mode: source.FromTail, Lines: o.tail}, nil
	case o.since == "":
		return source.Start{}, nil
	}
	since, err := sinceOf(o.since, now)
	if err != nil {
		return source.Start{}, usagef(hintOf(err), "--since %w", err)
	}
	return source.Start{Mode: source.FromTime, Since: since}, nil
}

// sinceOf is the moment that a duration before now or a time names.
func sinceOf(text string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("write 10m, 24h, 2006-01-02 or 2006-01-02T15:04:05Z", "%q is neither a duration nor a time", text)
}

// hintOf is the next step that err, or an error in it, knows; "" when none does.
func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

func (o *captureOptions) lines() file.LinesOptions {
	return file.LinesOptions{MaxLine: int(o.maxLine), SplitLong: o.splitLong}
}

// byteSize is a flag of so many bytes: 4096, 64KiB, 1MiB.
type byteSize int64

// units are powers of 1024; k, M and G are taken for KiB, MiB and GiB, as docker does.
var byteUnits = []struct {
	name  string
	bytes int64
}{{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {"b", 1}}

// String implements pflag.Value.
func (b *byteSize) String() string {
	for _, u := range byteUnits[:3] {
		if n := int64(*b) / u.bytes; n*u.bytes == int64(*b) && n > 0 && n < 1024 {
			return fmt.Sprintf("%d%s", n, map[string]string{"kib": "KiB", "mib": "MiB", "gib": "GiB"}[u.name])
		}
	}
	return strconv.FormatInt(int64(*b), 10)
}

// Set implements pflag.Value.
func (b *byteSize) Set(s string) error {
	n, err := parseBytes(s, math.MaxInt32, "2 GiB")
	if err == nil {
		*b = byteSize(n)
	}
	return err
}

// parseBytes reads a size that is most at most, which is named so.
func parseBytes(s string, most int64, named string) (int64, error) {
	text, unit := strings.ToLower(strings.TrimSpace(s)), int64(1)
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(text, u.name); ok {
			text, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is no size: write 64KiB or 1MiB", s)
	case n < 1, n > most/unit:
		return 0, fmt.Errorf("%q is not between 1 byte and %s", s, named)
	}
	return n * unit, nil
}

// Type implements pflag.Value.
func (b *byteSize) Type() string { return "size" }
