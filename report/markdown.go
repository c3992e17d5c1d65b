package report

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"

	"github.com/logcap/logcap/analyze"
)

// WriteMarkdown writes r as Markdown for GitHub and GitLab: headings in a
// fixed order, GFM tables, mermaid charts. Text of the target is escaped.
func WriteMarkdown(w io.Writer, r *Report) error {
	return writeMarkdown(w, build(r))
}

// WriteReportsMarkdown writes the reports of several targets one after the
// other, a rule between them.
func WriteReportsMarkdown(w io.Writer, reports []*Report) error {
	for i, r := range reports {
		if i > 0 {
			if _, err := io.WriteString(w, "\n---\n\n"); err != nil {
				return fmt.Errorf("write markdown: %w", err)
			}
		}
		if err := WriteMarkdown(w, r); err != nil {
			return err
		}
	}
	return nil
}

func writeMarkdown(w io.Writer, d document) error {
	m := markdown{bufio.NewWriter(w)}
	m.line("# " + mdText(d.title))
	m.line("")
	m.line("| | |")
	m.line("|---|---|")
	for _, f := range d.head {
		m.line("| **" + f.name + "** | " + mdCell(f.value) + " |")
	}
	m.line("")
	m.line(mdText(d.legend))
	for _, s := range d.sections {
		m.line("")
		m.line("## " + s.heading)
		for _, b := range s.blocks {
			m.line("")
			m.block(b)
		}
	}
	if err := m.w.Flush(); err != nil {
		return fmt.Errorf("write markdown: %w", err)
	}
	return nil
}

// markdown writes blocks; errors stay in the bufio.Writer until Flush.
type markdown struct{ w *bufio.Writer }

func (m markdown) line(s string) {
	m.w.WriteString(s)
	m.w.WriteByte('\n')
}

func (m markdown) block(b block) {
	switch b := b.(type) {
	case para:
		m.line(mdText(b.text) + mdBasis(b.basis))
	case bullets:
		for i, it := range b.items {
			mark := "- "
			if b.ordered {
				mark = fmt.Sprintf("%d. ", i+1)
			}
			m.line(mark + mdText(it.text) + mdBasis(it.basis))
		}
	case table:
		m.table(b)
	case listing:
		m.listing(b)
	case excerpt:
		m.line(mdText(b.caption.text) + mdBasis(b.caption.basis))
		m.line("")
		l := listing{lang: "go"}
		for _, s := range b.show() {
			l.lines = append(l.lines, s.text)
		}
		m.listing(l)
	case subheading:
		m.line("### " + mdText(b.text))
	case chart:
		m.line("Goroutines over the window: " + mdCode(sparkline(b.points, b.seconds)) + mdBasis(analyze.Measured))
		m.line("")
		m.listing(listing{lang: "mermaid", lines: xychart(b)})
	case flow:
		m.listing(listing{lang: "mermaid", lines: flowchart(b)})
	}
}

func (m markdown) table(t table) {
	row := func(cells []string) { m.line("| " + strings.Join(cells, " | ") + " |") }
	row(t.head)
	rule := make([]string, len(t.head))
	for i := range rule {
		rule[i] = "---"
		if i < len(t.align) && t.align[i] == 'r' {
			rule[i] = "---:"
		}
	}
	row(rule)
	for _, r := range t.rows {
		cells := make([]string, len(t.head))
		for i := range cells {
			if i < len(r) {
				cells[i] = mdCell(r[i])
			}
		}
		row(cells)
	}
	if t.basis != "" {
		m.line("")
		m.line(strings.TrimSpace(mdBasis(t.basis)))
	}
}

// listing writes a fenced block whose fence is longer than any run of
// backticks inside, so that no line of the target can close it.
func (m markdown) listing(l listing) {
	longest := 0
	for _, s := range l.lines {
		longest = max(longest, backticks(s))
	}
	fence := strings.Repeat("`", max(3, longest+1))
	m.line(fence + l.lang)
	for _, s := range l.lines {
		m.line(s)
	}
	m.line(fence)
	if l.basis != "" {
		m.line("")
		m.line(strings.TrimSpace(mdBasis(l.basis)))
	}
}

// mdBasis is the mark behind a statement.
func mdBasis(b analyze.Basis) string {
	if b == "" {
		return ""
	}
	return " *(" + string(b) + ")*"
}

func mdText(t text) string {
	var b strings.Builder
	for _, s := range t {
		switch s.kind {
		case prose:
			b.WriteString(s.text)
		case strong:
			b.WriteString("**" + s.text + "**")
		case plain:
			b.WriteString(mdEscape(clean(s.text)))
		case code:
			b.WriteString(mdCode(clean(s.text)))
		}
	}
	return b.String()
}

// mdCell is mdText inside a table, where a bar ends the cell even in code.
func mdCell(t text) string {
	var b strings.Builder
	for _, s := range t {
		if s.kind == code {
			b.WriteString(mdCellCode(clean(s.text)))
			continue
		}
		b.WriteString(mdText(text{s}))
	}
	return b.String()
}

// mdCode is a code span: nothing inside is interpreted, and its fence is
// longer than any run of backticks inside (CommonMark 0.31, 6.1).
func mdCode(s string) string {
	fence := strings.Repeat("`", backticks(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}

// mdCellCode is mdCode inside a table. A backslash before a bar cannot be
// written in a code span there (GFM reads \\| as the end of the cell), so such
// code is written as an element with entities.
func mdCellCode(s string) string {
	if !strings.Contains(s, "|") {
		return mdCode(s)
	}
	if !strings.Contains(s, `\`) {
		return mdCode(strings.ReplaceAll(s, "|", `\|`))
	}
	return "<code>" + mdEntities(s) + "</code>"
}

// mdEntities writes every character that is not a letter, digit or space as a numeric entity.
func mdEntities(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == ' ' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}

func backticks(s string) int {
	longest, run := 0, 0
	for _, r := range s {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}

// mdEscaper makes words mean themselves in CommonMark, GFM and the additions of
// GitHub and GitLab: emphasis, links, HTML, tables, mathematics, mentions, issue
// numbers and bare addresses.
var mdEscaper = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "$", "&#36;", "@", "&#64;", "#", "&#35;", "!", `\!`,
	"://", "&#58;//", "www.", "www&#46;",
)

// mdListMark is what would begin a list, a rule or a heading at the start of a line.
var mdListMark = regexp.MustCompile(`^\s*(?:[-+](?:\s|$)|\d+[.)](?:\s|$)|[-=][-=\s]*$)`)

func mdEscape(s string) string {
	s = mdEscaper.Replace(s)
	if mdListMark.MatchString(s) {
		i := strings.IndexAny(s, "-+=.)")
		s = s[:i] + `\` + s[i:]
	}
	return s
}
