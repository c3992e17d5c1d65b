package analyze

// Wish is what the judge would like to be asked of the target next. What it
// may cost is decided elsewhere.
type Wish struct {
	Dump  bool // ids, creators and minutes
	Trace bool // creators' stacks and activity
	Leak  bool // the runtime's own proof
}

// WishFor reads off an analysis so far what would make its findings surer.
func WishFor(a *Analysis) Wish {
	var w Wish
	for _, f := range a.Findings {
		w.Dump = true
		w.Leak = w.Leak || f.Verdict != Confirmed
		w.Trace = w.Trace || !f.traced
	}
	return w
}
