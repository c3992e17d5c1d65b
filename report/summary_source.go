package report

import (
	"slices"

	"github.com/logcap/logcap/analyze"
)

// summarySource is what the source adds, in three sentences: how, where, what ends it.
func summarySource(f *analyze.Finding) para {
	var s text
	switch {
	case undecidedMechanism(f):
		s = append(append(say("How they come to stay is "), mechanismText(f)...), span{prose, "."})
	default:
		s = say("The mechanism, by the source, is %v: %s.", name(string(f.Mechanism)), guide(f.Mechanism).means)
	}
	if c := f.Cause; c != nil && c.Kind == analyze.Derived {
		s = append(append(s, say(" The %s: ", causeWord(f))...), atPlace(stated(c.Text), c.File, c.Line)...)
	}
	if slices.ContainsFunc(f.Evidence, doubts) {
		s = append(s, say(" The source that was read is not quite what ran.")...)
	}
	switch x := f.Fix; {
	case x == nil || x.Title == "":
		return para{analyze.Derived, append(s, say(" No change was worked out.")...)}
	case x.Diff == nil:
		s = append(append(s, say(" What ends it: ")...), stated(x.Title)...)
		return para{analyze.Derived, append(s, say(" There is no diff.")...)}
	case x.Compiles != nil && *x.Compiles:
		s = append(append(s, say(" What ends it: ")...), stated(x.Title)...)
		return para{analyze.Derived, append(s, say(" The diff is below and compiles.")...)}
	default:
		s = append(append(s, say(" What ends it: ")...), stated(x.Title)...)
		return para{analyze.Derived, append(s, say(" The diff is below; that it compiles is not shown.")...)}
	}
}
