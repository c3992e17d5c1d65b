package report

import (
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/growth"
)

// document is a report as people read it, before any format.
type document struct {
	title    text
	head     []field
	legend   text
	sections []section
}

// field is a line of the head.
type field struct {
	name  string
	value text
}

// section is one of the fixed headings with what it has to say.
type section struct {
	heading string
	blocks  []block
	// brief marks a section that the terminal shows as well.
	brief bool
}

// block is one of the types below.
type block any

// para is a paragraph; basis is what it rests on, "" for words that claim nothing.
type para struct {
	basis analyze.Basis
	text  text
}

// bullets is a list, numbered or not.
type bullets struct {
	ordered bool
	items   []para
}

// table has a row of headings; align has 'l' or 'r' a column.
type table struct {
	basis analyze.Basis
	head  []string
	align string
	rows  [][]text
}

// listing is text in code type, as it is; lang is for highlighting.
type listing struct {
	basis analyze.Basis
	lang  string
	lines []string
}

// excerpt is numbered source; what marks say stands below their lines.
type excerpt struct {
	caption para
	first   int
	lines   []string
	marks   []analyze.Mark
}

// subheading is a heading inside a section.
type subheading struct{ text text }

// chart is a count over time.
type chart struct {
	points  []growth.Point // seconds since the start of the window
	start   time.Time      // of the window
	seconds float64
}

// flow is a chain of boxes, first to last.
type flow struct {
	nodes []node
}

// node is one box; edge is the words on the arrow that leads to it.
type node struct {
	lines []string
	edge  string
	bad   bool // the place where the goroutines stay
	cause bool // the line to blame
}

func measured(format string, args ...any) para {
	return para{analyze.Measured, say(format, args...)}
}

func derived(format string, args ...any) para {
	return para{analyze.Derived, say(format, args...)}
}

func advice(format string, args ...any) para {
	return para{analyze.Advice, say(format, args...)}
}

func note(format string, args ...any) para {
	return para{"", say(format, args...)}
}
