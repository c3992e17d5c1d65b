package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// everyFault is all that is broken.
func everyFault() []fault {
	return append(append(append(sinkFaults(), sourceFaults()...), rootFaults()...), selfFaults()...)
}

// table is what was measured, as Markdown.
func table(all []*outcome, times int, hold, took time.Duration) string {
	var b strings.Builder
	b.WriteString("| fault | told after (promised) | ok again after (promised) | what /health said |\n|---|---:|---:|---|\n")
	for _, o := range all {
		said := fmt.Sprintf("`%s`: %s", o.what.Subject, port.ReplaceAllString(o.what.Text, "127.0.0.1:PORT"))
		switch {
		case o.without != "":
			said = "not made: " + o.without
		case o.what.Subject == "":
			said = "nothing of it"
		case len(o.besides) > 0:
			said += "; besides `" + strings.Join(o.besides, "`, `") + "`"
		}
		if !o.held() {
			said = "**missed.** " + said
		}
		fmt.Fprintf(&b, "| %s | %s (%s) | %s (%s) | %s |\n", o.name, seconds(o.told), seconds(o.soon), seconds(o.again), seconds(o.back), strings.ReplaceAll(said, "|", "\\|"))
	}
	fmt.Fprintf(&b, "\n%d faults, each %d times, which lasted %v after they were told; %s/%s, %d CPUs; in %.0f s altogether.\n",
		len(all), times, hold, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), took.Seconds())
	return b.String()
}

// port is one of loopback, which is another one each time.
var port = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// seconds is a time in the table; none is a dash.
func seconds(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// The table of a page lies between these two lines; the words around it are written by hand.
const (
	tableBegins = "<!-- measured by scripts/health -->\n"
	tableEnds   = "<!-- end -->\n"
)

// write puts the table into a page, or makes one of it alone.
func write(path, table string) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	before, rest, begins := strings.Cut(string(old), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if len(old) > 0 && !(begins && ends) {
		return fmt.Errorf("write %s: it has no place for the table, between the lines %q and %q", path, tableBegins, tableEnds)
	}
	return os.WriteFile(path, []byte(before+tableBegins+"\n"+table+"\n"+tableEnds+after), 0o644)
}
