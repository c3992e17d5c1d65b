package live

import (
	"charm.land/lipgloss/v2"

	"github.com/logcap/logcap/analyze"
)

// tint is what a piece of text is, not how it looks.
type tint int

const (
	plain tint = iota
	faint
	strong
	good
	warn
	bad
)

// palette is how tints look; its zero value is no colour and no other
// attribute. The words carry all the meaning; colour only helps to find them.
type palette struct {
	styles map[tint]lipgloss.Style
}

func newPalette(color bool) palette {
	if !color {
		return palette{}
	}
	// The sixteen colours that every terminal's own theme makes readable.
	paint := func(c string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(c)) }
	return palette{map[tint]lipgloss.Style{
		faint:  lipgloss.NewStyle().Faint(true),
		strong: lipgloss.NewStyle().Bold(true),
		good:   paint("2"),
		warn:   paint("3"),
		bad:    paint("1").Bold(true),
	}}
}

func (p palette) paint(t tint, s string) string {
	style, ok := p.styles[t]
	if !ok || s == "" {
		return s
	}
	return style.Render(s)
}

// tintOf is how a verdict looks.
func tintOf(v analyze.Verdict) tint {
	switch v {
	case analyze.Confirmed, analyze.Probable, analyze.Stuck:
		return bad
	case analyze.Suspect:
		return warn
	case analyze.GrowingWithLoad, analyze.Stable:
		return good
	}
	return faint
}
