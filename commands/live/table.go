package live

import (
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/logcap/logcap/report"
)

// Widths of the columns beside the site's name, which has what is left.
const (
	markWidth    = 2
	countWidth   = 6
	changeWidth  = 7
	rateWidth    = 6
	stateWidth   = 11
	verdictWidth = 12
	trendWidth   = 8
	// leastSite is what a name needs: a column beside it goes before it gets less.
	leastSite = 18
)

// columns are the widths on this screen; 0 is not shown.
type columns struct {
	site, count, change, rate, state, verdict, trend int
}

// layout gives the names what they need and the rest to states and trends.
func layout(width int, rows []*site) columns {
	c := columns{count: countWidth, change: changeWidth, rate: rateWidth, state: stateWidth, verdict: verdictWidth, trend: trendWidth}
	for _, drop := range []*int{&c.trend, &c.state, &c.change} {
		if c.left(width) >= leastSite {
			break
		}
		*drop = 0
	}
	room := max(8, c.left(width))
	longest := leastSite // the head has something to say there, too
	for _, s := range rows {
		longest = max(longest, lipgloss.Width(s.Name)+1+lipgloss.Width(s.Where))
	}
	c.site = min(room, longest)
	spare := room - c.site
	if c.state > 0 {
		more := min(spare, 10)
		c.state += more
		spare -= more
	}
	if c.trend > 0 {
		c.trend += min(spare, trendBins-trendWidth)
	}
	return c
}

// left is what the columns leave of a line for the name.
func (c columns) left(width int) int {
	width -= markWidth
	for _, w := range []int{c.count, c.change, c.rate, c.state, c.verdict, c.trend} {
		if w > 0 {
			width -= w + 1
		}
	}
	return width
}

// table is its head and the rows that fit.
func (m model) table(p palette, rows []*site) []string {
	if len(rows) == 0 {
		return []string{p.paint(faint, fit(m.empty(), m.width))}
	}
	at := m.position()
	chosen, _ := indexOf(rows, at.chosen)
	shown := rows[at.top:min(len(rows), at.top+m.page())]
	c := layout(m.width, shown)
	lines := []string{m.tableHead(p, c, rows)}
	for i, s := range shown {
		lines = append(lines, c.row(p, s, at.top+i == chosen))
	}
	return lines
}

func (m model) empty() string {
	switch t := m.target(); {
	case m.filter != "":
		return "no site matches " + report.Clean(m.filter) + "; esc clears the filter"
	case t.Samples == 0 && t.Failure == "":
		return "asking " + t.Name
	}
	return "no site was seen"
}

// tableHead names the columns, and in the first one which rows are shown.
func (m model) tableHead(p palette, c columns, rows []*site) string {
	head := "SITE"
	if all := len(m.target().Sites); len(rows) < all {
		head += " (" + number(len(rows)) + " of " + number(all) + ": " + m.filter + ")"
	} else if n := m.target().Left; n > 0 {
		head += " (" + number(n) + " more not shown)"
	}
	title := func(text string, o order) string {
		if m.sort == o {
			return "▼" + text
		}
		return text
	}
	if m.sort == byName {
		head = "▼" + head
	}
	cells := []string{left("", markWidth) + left(head, c.site), right(title("COUNT", byCount), c.count)}
	if c.change > 0 {
		cells = append(cells, right(title("CHANGE", byChange), c.change))
	}
	rate := "/MIN"
	if m.sort == byRate {
		rate = "▼/MIN"
	}
	cells = append(cells, right(rate, c.rate))
	if c.state > 0 {
		cells = append(cells, left("STATE", c.state))
	}
	cells = append(cells, left(title("VERDICT", byVerdict), c.verdict))
	if c.trend > 0 {
		cells = append(cells, left("TREND", c.trend))
	}
	return p.paint(faint, fit(strings.TrimRight(strings.Join(cells, " "), " "), m.width))
}

// row is one site. The chosen one has a mark, so that it is seen without colour too.
func (c columns) row(p palette, s *site, chosen bool) string {
	mark := "  "
	if chosen {
		mark = "> "
	}
	name := s.label(c.site)
	if chosen {
		name = p.paint(strong, name)
	}
	cells := []string{mark + name, right(number(s.Count), c.count)}
	if c.change > 0 {
		cells = append(cells, right(signed(s.Change), c.change))
	}
	cells = append(cells, right(perMinute(s), c.rate))
	if c.state > 0 {
		cells = append(cells, left(shortState(s.State), c.state))
	}
	word := s.word()
	cells = append(cells, p.paint(tintOf(s.Verdict), left(word, c.verdict)))
	if c.trend > 0 {
		cells = append(cells, report.Bars(thin(s.Trend, c.trend)))
	}
	return strings.TrimRight(strings.Join(cells, " "), " ")
}

// label is function and position in width columns. The position is the
// shorter and the more exact of the two, so the function is cut first.
func (s *site) label(width int) string {
	where := lipgloss.Width(s.Where)
	if s.Where == "" || where > width*2/3 {
		return left(s.Name+" "+s.Where, width)
	}
	return left(middle(s.Name, width-where-1)+" "+s.Where, width)
}

// middle cuts the middle out of a name: its package and its end tell most.
func middle(s string, width int) string {
	if lipgloss.Width(s) <= width || width < 8 {
		return fit(s, width)
	}
	tail := (width - 1) / 2
	runes := []rune(s)
	from := len(runes)
	for used := 0; from > 0; from-- {
		used += lipgloss.Width(string(runes[from-1]))
		if used > tail {
			break
		}
	}
	return fit(s, width-lipgloss.Width(string(runes[from:]))) + string(runes[from:])
}

// thin picks n values at equal distances, the last one always.
func thin(values []float64, n int) []float64 {
	if len(values) <= n {
		return values
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = values[i*(len(values)-1)/(n-1)]
	}
	return out
}
