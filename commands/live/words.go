package live

import (
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/report"
)

// shortFunc is a function without the folders of its package:
// "example.org/shop/order.(*Store).watch" is "order.(*Store).watch".
func shortFunc(name string) string {
	// Folders end before a type argument or a receiver begins.
	end := len(name)
	if i := strings.IndexAny(name, "[("); i >= 0 {
		end = i
	}
	return report.Clean(name[strings.LastIndexByte(name[:end], '/')+1:])
}

// shortPlace is file:line without the folders.
func shortPlace(file string, line int) string {
	if file == "" {
		return ""
	}
	return longPlace(path.Base(strings.ReplaceAll(file, `\`, "/")), line)
}

func longPlace(file string, line int) string {
	if line > 0 {
		file += ":" + strconv.Itoa(line)
	}
	return report.Clean(file)
}

// shortState is a wait state in the room of a column.
func shortState(s string) string {
	s = strings.TrimPrefix(s, "sync.")
	return strings.Replace(s, "chan receive", "chan recv", 1)
}

// word is a verdict in the room of a column.
func (s *site) word() string {
	switch {
	case s.Verdict == analyze.GrowingWithLoad:
		return "WITH LOAD"
	case s.Verdict != "":
		return strings.ToUpper(string(s.Verdict))
	case s.Victim:
		return "victim"
	case s.Cleared:
		return "cleared"
	}
	return "-"
}

// number is a count in at most five columns and a sign.
func number(n int) string {
	switch a := abs(n); {
	case a < 100_000:
		return strconv.Itoa(n)
	case a < 1_000_000:
		return strconv.Itoa(n/1000) + "k"
	case a < 10_000_000:
		return fmt.Sprintf("%.1fM", float64(n)/1e6)
	}
	return fmt.Sprintf("%.0fM", float64(n)/1e6)
}

// signed is a change in at most six columns.
func signed(n int) string {
	if n > 0 {
		return "+" + number(n)
	}
	return number(n)
}

// perMinute is a rate, with a decimal where it is small enough to matter.
func perMinute(s *site) string {
	switch a := math.Abs(s.Rate); {
	case !s.Rated:
		return "-"
	case a < 0.05:
		return "0"
	case a < 99.95:
		return fmt.Sprintf("%+.1f", s.Rate)
	}
	return signed(int(math.Round(s.Rate)))
}

func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// clock is a length of time to the second: "5s", "2m 05s", "1h 02m 05s".
func clock(d time.Duration) string {
	s := int(max(0, d).Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm %02ds", s/60, s%60)
	}
	return fmt.Sprintf("%dh %02dm %02ds", s/3600, s/60%60, s%60)
}

// fit cuts s to width columns, with an ellipsis when anything was cut.
func fit(s string, width int) string {
	switch {
	case width <= 0:
		return ""
	case lipgloss.Width(s) <= width:
		return s
	case width == 1:
		return "…"
	}
	return lipgloss.NewStyle().MaxWidth(width-1).Render(s) + "…"
}

// left and right fill s with spaces to exactly width columns.
func left(s string, width int) string {
	s = fit(s, width)
	return s + strings.Repeat(" ", max(0, width-lipgloss.Width(s)))
}

func right(s string, width int) string {
	s = fit(s, width)
	return strings.Repeat(" ", max(0, width-lipgloss.Width(s))) + s
}

// wrap breaks s at spaces into lines of at most width columns; a word that is
// longer is cut into pieces, because all of it must be readable somewhere.
func wrap(s string, width int) []string {
	width = max(width, 8)
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && lipgloss.Width(line)+1+lipgloss.Width(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for lipgloss.Width(word) > width {
			head := lipgloss.NewStyle().MaxWidth(width).Render(word)
			lines, word = append(lines, head), word[len(head):]
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
