package report

import "github.com/logcap/logcap/analyze"

// facts are the finding's fields, one a row.
func facts(f *analyze.Finding) table {
	t := table{head: []string{"What", "Value", "Basis"}, align: "lll"}
	add := func(what string, value text, b analyze.Basis) {
		t.rows = append(t.rows, []text{say("%s", what), value, say("%s", string(b))})
	}
	starts := "Location"
	if c := f.Cause; c != nil && c.Kind == analyze.Derived && c.File != "" {
		add("Location", causeAt(f), analyze.Derived)
		starts = "Started at"
	}
	add(starts, location(f), analyze.Measured)
	if f.Site.Entry != "" && f.Site.Entry != f.Site.Func {
		add("Runs", text{name(f.Site.Entry)}, analyze.Measured)
	}
	add("Waits", waits(f), analyze.Measured)
	add("Mechanism", mechanismText(f), mechanismBasis(f))
	add("Verdict", say("%v, severity %s: %s", bold(verdictWord(f.Verdict)), string(f.Severity), verdictMeaning(f.Verdict)), analyze.Measured)
	for _, s := range f.Sites {
		add("Also", say("%v at %v", name(siteName(s)), place(s.File, s.Line)), analyze.Measured)
	}
	for _, c := range f.Creators {
		add("Created by", say("%v (%s in the last dump)", position(c.Position), grouped(float64(c.Count))), analyze.Measured)
	}
	for _, v := range f.Victims {
		add("Waits behind it", say("%s at %v, %v", goroutines(v.Count), name(siteName(v.Site)), place(v.Site.File, v.Site.Line)), analyze.Measured)
	}
	add("Fingerprint", text{name(f.ID)}, analyze.Measured)
	return t
}

func location(f *analyze.Finding) text {
	s := f.Site
	if s.File == "" {
		return say("%v; its position is not known", name(siteName(s)))
	}
	if s.Exact {
		return say("%v, in %v", place(s.File, s.Line), name(siteName(s)))
	}
	return say("%v, where %v begins; its `go` statement is not known", place(s.File, s.Line), name(siteName(s)))
}

// causeAt is the line to blame and the lines of its function.
func causeAt(f *analyze.Finding) text {
	c := f.Cause
	t := position(analyze.Position{Func: c.Func, File: c.File, Line: c.Line})
	if e := around(f, c.File, c.Line); e != nil && len(e.Lines) > 0 {
		lines := say(" (%s)", lineRange(e))
		if e.Func != c.Func {
			lines = say(" (%s, %v)", lineRange(e), name(e.Func))
		}
		t = append(t, lines...)
	}
	return t
}

func waits(f *analyze.Finding) text {
	if f.State == "" && f.Blocked.Func == "" {
		return say("not known")
	}
	t := text{}
	if f.State != "" {
		t = append(t, name(string(f.State)))
	}
	if f.Blocked.Func != "" || f.Blocked.File != "" {
		t = append(t, say(", in %v", position(f.Blocked))...)
	}
	return t
}
