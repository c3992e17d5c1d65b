package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// everyFault is all that is broken.
func everyFault() []fault {
	return append(append(append(sinkFaults(), sourceFaults()...), rootFaults()...), selfFaults()...)
}

// table is what was measured, as Markdown.
func table(all []outcome, took time.Duration) string {
	var b strings.Builder
	b.WriteString("| fault | told after | ok again after | promised | what /health said |\n|---|---:|---:|---:|---|\n")
	for _, o := range all {
		told, again, said := "–", "–", fmt.Sprintf("`%s`: %s", o.what.Subject, o.text())
		if o.toldAfter > 0 {
			told = fmt.Sprintf("%.1f s", o.toldAfter.Seconds())
		}
		if o.againAfter > 0 {
			again = fmt.Sprintf("%.1f s", o.againAfter.Seconds())
		}
		switch {
		case o.without != "":
			said = "not made: " + o.without
		case o.what.Subject == "":
			said = "nothing of it"
		}
		if !o.held() {
			said = "**missed.** " + said
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %v, %v | %s |\n", o.name, told, again, o.fault.told, o.fault.again, strings.ReplaceAll(said, "|", "\\|"))
	}
	fmt.Fprintf(&b, "\n%d faults in %.0f s, on %s/%s with %d CPUs.\n", len(all), took.Seconds(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	return b.String()
}

// text is what was told, without the directory of the trial, which is another one each time.
func (o outcome) text() string {
	return strings.ReplaceAll(o.what.Text, o.dir, "DIR")
}

// page is docs/health.md.
func page(text string) string { return before + "\n" + text }

const before = ""
