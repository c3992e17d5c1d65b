package analyze

import (
	"math"

	"github.com/logcap/logcap/analyze/goroutine"
)

// ledger is an analysis looked up by site, for Compare.
type ledger struct {
	entries []*entry
	byID    map[string]*entry
	byEntry map[string]*entry
	seconds float64
	dumps   int
	tooFew  bool
}

// entry is one site of a ledger: a finding, or a line of the inventory.
type entry struct {
	id      string
	finding Finding // for a line of the inventory only its Site is set
	accused bool
	verdict Verdict
	count   Count
	rate    Rate
}

func newLedger(a *Analysis) *ledger {
	l := &ledger{
		byID: map[string]*entry{}, byEntry: map[string]*entry{},
		seconds: a.Window.Seconds, dumps: a.Window.Scrapes["stacks"], tooFew: a.Verdict == Inconclusive,
	}
	for _, f := range a.Findings {
		l.add(&entry{id: f.ID, finding: f, accused: leak(f.Verdict), verdict: f.Verdict, count: f.Count, rate: f.Rate})
	}
	for _, i := range a.Inventory {
		e := &entry{id: Fingerprint(i.Site), finding: Finding{Site: i.Site}, verdict: Stable, count: Count{First: i.First, Last: i.Last}}
		if i.Rate != nil {
			e.rate = *i.Rate
		} else {
			e.rate = l.roughRate(e.count)
		}
		l.add(e)
	}
	return l
}

// leak are the verdicts a fix has to answer.
func leak(v Verdict) bool {
	return v == Confirmed || v == Probable || v == Stuck || v == Suspect
}

// add keeps the first entry of a site: findings come before the inventory.
func (l *ledger) add(e *entry) {
	if e.id == "" {
		e.id = Fingerprint(e.finding.Site)
	}
	if l.byID[e.id] == nil {
		l.byID[e.id] = e
		l.entries = append(l.entries, e)
	}
	if key := stableName(e.finding.Site.Entry); l.byEntry[key] == nil {
		l.byEntry[key] = e
	}
}

func (l *ledger) accused() []*entry {
	var out []*entry
	for _, e := range l.entries {
		if e.accused {
			out = append(out, e)
		}
	}
	return out
}

// find looks the site up by fingerprint, and by entry alone when one of the two
// watches could not tell the creator, or may have taken it from where a literal
// is written, which need not be where it is started: the entry is what every watch knows.
func (l *ledger) find(e *entry) *entry {
	if found := l.byID[e.id]; found != nil {
		return found
	}
	found := l.byEntry[stableName(e.finding.Site.Entry)]
	if found == nil || told(found.finding.Site) && told(e.finding.Site) {
		return nil
	}
	return found
}

// told says that a site's creator was told by a dump or a trace for certain: it is not the function that the entry is a literal of.
func told(s goroutine.Site) bool { return s.Exact && stableName(s.Func) != stableName(s.Entry) }

// roughRate is the rate between two counts, with what chance could add or take
// (twice the square root of the count) as its interval.
func (l *ledger) roughRate(c Count) Rate {
	if l.seconds <= 0 {
		return Rate{Low: math.Inf(-1), High: math.Inf(1)}
	}
	minutes := l.seconds / 60
	change := float64(c.Last - c.First)
	noise := 2 * math.Sqrt(float64(max(c.First, c.Last)))
	return Rate{Value: change / minutes, Low: (change - noise) / minutes, High: (change + noise) / minutes}
}

// missed is the highest rate a minute that the watch cannot exclude for a site
// that it did not find to grow: the upper end of its interval, and never less
// than what yields three goroutines in the time. A nil entry was never seen.
func (l *ledger) missed(e *entry) float64 {
	if l.seconds <= 0 {
		return math.Inf(1)
	}
	least := eventsToSee * 60 / l.seconds
	if e == nil {
		return least
	}
	return math.Max(least, e.rate.High)
}

func (e *entry) side() *SiteSide {
	return &SiteSide{Verdict: e.verdict, Count: e.count, Rate: e.rate}
}
