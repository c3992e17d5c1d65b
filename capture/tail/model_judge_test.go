package tail

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// judge says that what was read is what had to be.
func (m *model) judge() bool {
	m.t.Helper()
	problem := m.problem()
	if problem == "" {
		return true
	}
	ops := m.ops
	if *modelSeed == 0 {
		ops = nil
	}
	m.t.Errorf("seed %d, kind %d, old %t, %s: %s\nrun it alone: go test -run TestModel ./capture/tail -model.seed=%d\n%s",
		m.seed, m.kind, m.old, m.files(), problem, m.seed, strings.Join(ops, "\n"))
	return false
}

func (m *model) problem() string {
	switch {
	case m.endless:
		return "reading has no end"
	case len(m.carry) > 0 && !m.endGone():
		return fmt.Sprintf("a line without end is left: %q", m.carry)
	case m.kind >= copyNumbers:
		return m.problemOfCopies()
	case m.header != "" || m.mistaken:
		return m.problemOfLikeness()
	}
	got, want := slices.Clone(m.lines), slices.Clone(m.written)
	if m.anyLate {
		slices.Sort(got)
		slices.Sort(want)
	}
	for i := range max(len(got), len(want)) {
		if at(got, i) != at(want, i) {
			return fmt.Sprintf("line %d of %d, %d were read: want %.40q, got %.40q; %s", i, len(want), len(got), at(want, i), at(got, i), m.difference())
		}
	}
	if s := m.log.Stats(); s.Gaps+s.Damaged > 0 && m.expired == 0 {
		return fmt.Sprintf("stats %+v", s)
	}
	return ""
}

// problemOfLikeness asks for every line, as often as it was written or more:
// all segments begin with the same line here, and what cannot be told apart
// after some of them were packed or removed is read twice. Where nobody knows
// births, a segment of nothing but that line looks like a copy of the next, and
// a segment that got the inode of one without content may be read in its place as well.
func (m *model) problemOfLikeness() string {
	times := make(map[string]int)
	for _, line := range m.lines {
		times[line]++
	}
	for _, line := range m.written {
		if times[line]--; times[line] < 0 && (line != m.header || !m.old) {
			return fmt.Sprintf("%.40q is lost; %d of %d were read", line, len(m.lines), len(m.written))
		}
	}
	for line, n := range times {
		if n > 0 && !slices.Contains(m.written, line) {
			return fmt.Sprintf("%.60q was never written", line)
		}
	}
	m.doubled = len(m.lines) > len(m.written)
	return ""
}

// difference says how often lines were read that were not so often written.
func (m *model) difference() string {
	times := make(map[string]int)
	for _, line := range m.written {
		times[line]--
	}
	for _, line := range m.lines {
		times[line]++
	}
	var b strings.Builder
	for _, line := range slices.Sorted(maps.Keys(times)) {
		if n := times[line]; n != 0 && b.Len() < 400 {
			fmt.Fprintf(&b, "%+d times %.10q, ", n, line)
		}
	}
	return b.String()
}

// problemOfCopies asks for every line that lay in a file when it could be read, in order. What
// was truncated before it was copied may be missing, or be there in part.
func (m *model) problemOfCopies() string {
	first := make(map[string]int)
	for i, line := range m.lines {
		if _, ok := first[line]; !ok {
			first[line] = i
		}
	}
	last := -1
	for i, line := range m.written {
		if m.isGone(i) {
			continue
		}
		at, ok := first[line]
		if j, glued := m.glued(i); glued && (!ok || j < at) {
			at, ok = j, true
		}
		switch {
		case !ok:
			return fmt.Sprintf("%.40q is lost; %d of %d were read", line, len(m.lines), len(m.written))
		case at < last:
			return fmt.Sprintf("%.40q is out of its place", line)
		}
		last = at
	}
	whole := make(map[string]bool)
	for _, line := range m.written {
		whole[line] = true
	}
	doubled := 0
	for i, line := range m.lines {
		switch {
		case whole[line] && first[line] != i:
			doubled += len(line) + 1
		case !whole[line] && !m.isPart(line) && !m.joined(line):
			return fmt.Sprintf("%.60q was never written", line)
		}
	}
	// A copy shorter than the beginning that is remembered, or than half of what was read, cannot be told from another segment.
	most := 0
	for _, s := range m.gone {
		most += max(prefixLen, s.copied)
	}
	if doubled > most {
		return fmt.Sprintf("%d bytes are doubled, more than the %d of short copies", doubled, most)
	}
	if s := m.log.Stats(); s.Gaps+s.Damaged > 0 && m.expired == 0 && len(m.gone) == 0 {
		return fmt.Sprintf("stats %+v", s)
	}
	return ""
}

// isPart says that what was read is the beginning of lines that are gone, and the end of any.
func (m *model) isPart(got string) bool {
	got = strings.TrimSuffix(got, " torn")
	for i, line := range m.written {
		if !m.isGone(i) {
			continue
		}
		n := 0
		for n < min(len(line), len(got)) && line[n] == got[n] {
			n++
		}
		for ; n >= 0; n-- {
			rest := got[n:]
			if slices.ContainsFunc(m.written, func(o string) bool { return strings.HasSuffix(o, rest) }) || n > 6 && m.isPart(rest) {
				return true
			}
		}
	}
	return false
}

// joined says that what was read begins as the line does that a copy ends within,
// and goes on with what was written after the truncation: with the bytes up to the
// end of the next copy, when that ends within the line too, and what comes after that
// one, and so on. The files are the same when no byte was written in between: only
// who read those bytes knows of them, and a position from before does not.
func (m *model) joined(got string) bool {
	text := strings.Join(m.written, "\n") + "\n"
	next := make(map[int64]int64) // what was written after the truncation, by where the copy ends
	for _, s := range m.gone {
		next[s.from] = s.to
	}
	return slices.ContainsFunc(m.gone, func(s span) bool {
		at := 1 + int64(strings.LastIndexByte(text[:s.from], '\n'))
		inLine := at < s.from
		for i := range len(got) + 1 {
			for next[at] > 0 {
				at = next[at]
			}
			if at == int64(len(text)) || text[at] != (got + "\n")[i] {
				return false
			}
			at++
		}
		return inLine
	})
}

// glued is where a line was read behind the beginning of another one that is
// gone: between the two, bytes were truncated that are in no copy. A copy that
// ends within a line does not say whether what follows is the rest of it.
func (m *model) glued(line int) (int, bool) {
	if !slices.ContainsFunc(m.gone, func(s span) bool { return s.to == m.begins[line] }) {
		return 0, false
	}
	i := slices.IndexFunc(m.lines, func(got string) bool { return strings.HasSuffix(got, m.written[line]) })
	return i, i >= 0
}

// endGone says that what is left without an end is the beginning of a line whose end is gone.
func (m *model) endGone() bool {
	for i, line := range m.written {
		if strings.HasPrefix(line, string(m.carry)) && m.isGone(i) {
			return true
		}
	}
	return false
}

// isGone says that a part of a line was truncated and is in no copy.
func (m *model) isGone(line int) bool {
	from := m.begins[line]
	to := from + int64(len(m.written[line])) + 1
	return slices.ContainsFunc(m.gone, func(s span) bool { return s.from < to && from < s.to })
}
