package report

import (
	"slices"

	"github.com/logcap/logcap/analyze"
)

// undecidedMechanism says that no mechanism can be named: several are left, or none is known.
func undecidedMechanism(f *analyze.Finding) bool {
	return f.Mechanism == analyze.Unknown || len(f.Candidates) > 0
}

// causeWord is what the cause may be called.
func causeWord(f *analyze.Finding) string {
	if undecidedMechanism(f) {
		return "likeliest cause"
	}
	return "cause"
}

// mechanisms are what the finding may be: its mechanism where one is named, and
// the candidates that neither profiles nor source tell from it.
func mechanisms(f *analyze.Finding) []analyze.Mechanism {
	left := slices.DeleteFunc(slices.Clone(f.Candidates), func(m analyze.Mechanism) bool {
		return slices.ContainsFunc(f.Excluded, func(e analyze.Excluded) bool { return e.Mechanism == m })
	})
	if f.Mechanism == analyze.Unknown && len(left) > 0 || slices.Contains(left, f.Mechanism) {
		return left
	}
	return append([]analyze.Mechanism{f.Mechanism}, left...)
}

// mechanismText names the mechanism, or what is left of the candidates.
func mechanismText(f *analyze.Finding) text {
	if len(f.Candidates) == 0 {
		return say("%v: %s", name(string(f.Mechanism)), guide(f.Mechanism).means)
	}
	maybe := mechanisms(f)
	names := make([]text, len(maybe))
	for i, m := range maybe {
		names[i] = say("%v", name(string(m)))
	}
	by := "by profiles alone"
	if explained(f) {
		by = "by profiles and source together"
	}
	switch {
	case len(maybe) == 1 && maybe[0] == analyze.Unknown:
		return say("not decided %s: the source speaks against each that the profiles allow", by)
	case len(maybe) == 1:
		return append(say("not decided %s; what is left is ", by), names[0]...)
	case f.Mechanism != analyze.Unknown && maybe[0] == f.Mechanism && explained(f):
		return append(append(append(say("not decided %s; likeliest ", by), names[0]...), say(", else ")...), join(" or ", names[1:]...)...)
	}
	return append(say("not decided %s; one of ", by), join(", ", names...)...)
}

// mechanismBasis is what the name of the mechanism rests on: a cause that was
// found in the source decided it.
func mechanismBasis(f *analyze.Finding) analyze.Basis {
	switch {
	case undecidedMechanism(f) && !explained(f):
		return analyze.Advice
	case explained(f) && (undecidedMechanism(f) || f.Cause != nil && f.Cause.Kind == analyze.Derived):
		return analyze.Derived
	}
	return analyze.Measured
}
