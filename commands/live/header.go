package live

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/logcap/logcap/analyze"
)

// header is who is watched, how long, and what is known; then a line for each
// thing that is wrong.
func (m model) header(p palette) []string {
	t := m.target()
	lines := []string{m.title(p)}
	if len(m.targets) > 1 {
		lines = append(lines, m.tabs(p))
	}
	lines = append(lines, fit(m.progress(), m.width), m.verdictLine(p))
	if t.Failure != "" {
		lines = append(lines, m.twoLines(p, bad, "! no answer for "+clock(seconds(t.Silent))+": "+t.Failure)...)
	}
	if n := len(t.Warnings); n > 0 {
		lines = append(lines, m.twoLines(p, warn, "warning: "+t.Warnings[n-1])...)
	}
	if more := m.asides(); more != "" {
		lines = append(lines, p.paint(faint, fit(more, m.width)))
	}
	if m.height < 12 { // too low for both: the table matters more
		lines = lines[:min(len(lines), 2)]
	}
	return append(lines, "")
}

// twoLines is for text whose end says why: it gets a second line, and no third.
func (m model) twoLines(p palette, how tint, text string) []string {
	all := wrap(text, m.width)
	if len(all) > 2 {
		all = []string{all[0], all[1] + "…"}
	}
	lines := make([]string, len(all))
	for i, l := range all {
		lines[i] = p.paint(how, fit(l, m.width))
	}
	return lines
}

// title names the target, and what the screen is doing at the right.
func (m model) title(p palette) string {
	status, how := "watching", faint
	switch {
	case m.ending:
		status, how = "ENDING", strong
	case m.paused:
		status, how = "PAUSED for "+clock(m.elapsed-m.since)+", the watch goes on", warn
	}
	name := "logcap leak-watch"
	if len(m.targets) == 1 {
		name += "  " + m.target().Name
	} else {
		name += "  " + counted(len(m.targets), "target")
	}
	status = fit(status, m.width/2)
	return p.paint(strong, left(name, m.width-lipgloss.Width(status)-1)) + " " + p.paint(how, status)
}

// tabs are the targets with the worst verdict of each; the one shown is in brackets.
func (m model) tabs(p palette) string {
	labels := make([]string, len(m.targets))
	widths := make([]int, len(m.targets))
	for i, t := range m.targets {
		label := t.Name
		switch {
		case t.Failure != "":
			label += " no answer"
		case t.Verdict != "" && t.Verdict != analyze.Stable && t.Verdict != analyze.Inconclusive:
			label += " " + strings.ToUpper(string(t.Verdict))
		}
		if i == m.at {
			label = "[" + label + "]"
		} else {
			label = " " + label + " "
		}
		labels[i] = fit(label, m.width-4)
		widths[i] = lipgloss.Width(labels[i])
	}
	// Drop from the left until the shown one fits, with a mark for what is dropped.
	from, total := 0, sum(widths[:m.at+1])
	for from < m.at && total+2 > m.width {
		total -= widths[from]
		from++
	}
	line, used := "", 0
	if from > 0 {
		line, used = "‹ ", 2
	}
	for i := from; i < len(labels); i++ {
		if used+widths[i] > m.width-2 && i > m.at {
			line += " ›"
			break
		}
		how := faint
		if i == m.at {
			how = strong
		}
		if m.targets[i].Failure != "" {
			how = bad
		}
		line += p.paint(how, labels[i])
		used += widths[i]
	}
	return line
}

func sum(ns []int) int {
	total := 0
	for _, n := range ns {
		total += n
	}
	return total
}

// progress is how far, how many samples, how many goroutines.
func (m model) progress() string {
	t := m.target()
	shown := m.elapsed
	if m.paused {
		shown = m.since
	}
	how := clock(shown)
	switch {
	case m.plan.Duration > 0:
		how += fmt.Sprintf(" of %s, %s to go", clock(m.plan.Duration), clock(m.plan.Duration-shown))
	case m.plan.Samples > 0:
		how += fmt.Sprintf(", %d samples to go", max(0, m.plan.Samples-t.Samples))
	}
	parts := []string{how}
	if t.Samples > 0 {
		parts = append(parts, fmt.Sprintf("%s (%s)", counted(t.Total, "goroutine"), signed(t.Change)))
	}
	return strings.Join(append(parts, counted(t.Samples, "sample")+" "+m.interval()), " · ")
}

// interval says when it is longer than asked for, because samples cost the target too much.
func (m model) interval() string {
	text := "every " + m.plan.Interval.String()
	got := seconds(m.target().Every)
	if got > m.plan.Interval*3/2 && m.target().Failure == "" {
		text = fmt.Sprintf("every %v, stretched from %v to spare the target", got.Round(100*time.Millisecond), m.plan.Interval)
	}
	return text
}

// verdictLine is the verdict so far, with the place it is about.
func (m model) verdictLine(p palette) string {
	t := m.target()
	switch {
	case t.Samples == 0:
		return p.paint(faint, fit("waiting for the first sample", m.width))
	case t.Verdict == "":
		return p.paint(faint, fit("no verdict yet", m.width))
	}
	text := strings.ToUpper(string(t.Verdict)) + " so far"
	if t.Found > 0 {
		text += ", " + counted(t.Found, "finding") + ": " + t.Worst
	}
	return p.paint(tintOf(t.Verdict), fit(text, m.width))
}

// asides are what a reader may want to know and need not.
func (m model) asides() string {
	t := m.target()
	var parts []string
	if t.Restarts > 0 {
		parts = append(parts, counted(t.Restarts, "restart")+" of the process")
	}
	if t.Gaps > 0 && t.Failure == "" {
		parts = append(parts, counted(t.Gaps, "gap")+" without an answer")
	}
	switch {
	case t.Lost != "":
		parts = append(parts, "! not all is recorded: "+t.Lost)
	case m.plan.Recording != "":
		parts = append(parts, "recording to "+m.plan.Recording)
	}
	return strings.Join(parts, " · ")
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
