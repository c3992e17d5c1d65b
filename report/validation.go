package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// validation is the commands that prove a fix, and the numbers to expect from
// them, both from this measurement.
func validation(r *Report) []block {
	watch := afterSeconds(r)
	target := ShellQuote(targetArg(r.Target))
	f := r.Worst()
	if f == nil || f.Verdict == analyze.GrowingWithLoad {
		out := []block{
			note("%s", watchWhy(r)),
			listing{lang: "sh", lines: []string{fmt.Sprintf("logcap leak-watch %s --duration %s --record again", target, goDuration(math.Max(watch, 10*minute)))}},
		}
		if r.Target.URL == "" && r.Target.PID == 0 {
			out = append(out, advice("HOST:PORT is where the process serves net/http/pprof. "+
				"If it does not yet, add `import _ \"net/http/pprof\"` and `go http.ListenAndServe(\"localhost:6060\", nil)`."))
		}
		return out
	}
	out := []block{
		note("Deploy the fix, put the same load on it, and run:"),
		listing{lang: "sh", lines: []string{
			fmt.Sprintf("logcap leak-watch %s --duration %s --record after", target, goDuration(watch)),
			fmt.Sprintf("logcap compare %s after", ShellQuote(recording(r.Remake))),
		}},
	}
	return append(out, expected(r, watch)...)
}

func watchWhy(r *Report) string {
	switch r.Verdict {
	case analyze.Stable:
		return "Nothing to validate. To look for slower leaks, watch longer:"
	case analyze.GrowingWithLoad:
		return "To tell load from leak, watch again while the load is constant:"
	default:
		return "To decide it, watch the process itself, at constant load:"
	}
}

// expected are the numbers a fixed process shows, and what the old one would.
func expected(r *Report, watch float64) []block {
	said := []para{note("`logcap compare` then says `fixed` and exits with 0; `unchanged` and `worse` exit with 3, `inconclusive` with 1.")}
	t := table{basis: analyze.Measured, align: "lrrrr",
		head: []string{"Site", "Now, a minute", "95 % interval", "Fixed below, a minute", "Unfixed, in " + duration(watch)}}
	stuck := false
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Verdict == analyze.GrowingWithLoad {
			continue
		}
		if f.Verdict == analyze.Stuck {
			stuck = true
			said = append(said, measured("%v: no goroutine stays at %v for half the watch; here %s did.", name(siteName(f.Site)), place(f.Blocked.File, f.Blocked.Line), grouped(float64(f.Count.Last))))
			continue
		}
		below := analyze.FixedBelow(f.Rate)
		if below <= 0 {
			continue
		}
		ends := say("not known")
		if finite(f.Rate.Low) && finite(f.Rate.High) {
			ends = say("%s to %s", number(f.Rate.Low), number(f.Rate.High))
		}
		who := text{name(siteName(f.Site))}
		if namesakes(r, f) {
			who = say("%v at %v", who, place(f.Site.File, f.Site.Line))
		}
		t.rows = append(t.rows, []text{who, say("%s", number(f.Rate.Value)), ends, say("%s", number(below)), say("about +%s", grouped(f.Rate.Value*watch/minute))})
	}
	if stuck {
		said = append(said, advice("A deadlock needs its moment: repeat what led to it before trusting a quiet watch."))
	}
	if len(t.rows) == 0 {
		return []block{bullets{items: said}}
	}
	said = slices.Insert(said, 1,
		measured("Fixed: the whole interval of the second watch is below the number in the table, which is half of the old rate or the low end of its interval, whichever is less; the count stays level."),
		measured("%s", enough(r, watch)))
	return []block{t, bullets{items: append(said, rest(r)...)}}
}

// namesakes: another finding has its site in the same function.
func namesakes(r *Report, f *analyze.Finding) bool {
	n := 0
	for i := range r.Findings {
		if siteName(r.Findings[i].Site) == siteName(f.Site) {
			n++
		}
	}
	return n > 1
}

// enough says why a watch of that length is long enough: what the least rate
// that does not count as fixed would add to it, against what is enough to see.
func enough(r *Report, watch float64) string {
	below, period := math.Inf(1), 0.0
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Step != nil {
			period = math.Max(period, f.Step.Period)
		}
		if b := analyze.FixedBelow(f.Rate); b > 0 && f.Verdict != analyze.GrowingWithLoad && f.Verdict != analyze.Stuck {
			below = math.Min(below, b)
		}
	}
	least := analyze.SecondsToExclude(below)
	if least > watch {
		return fmt.Sprintf("%s is less than what it takes to tell the slowest from none, %s: the other sites are decided, this one may stay `inconclusive`.", capital(duration(watch)), duration(least))
	}
	s := fmt.Sprintf("%s is long enough: the least rate that does not count as fixed, %s a minute, adds about %s in that time, and %s are enough to see", capital(duration(watch)),
		number(below), grouped(below*watch/minute), grouped(below*least/minute))
	if period > 0 && 3*period <= watch {
		s += fmt.Sprintf("; three of its steps (%s each) fall into it", duration(period))
	}
	return s + "."
}

// rest is the total of a process without the leaks: the baseline less what had
// leaked before it was taken.
func rest(r *Report) []para {
	leaked := 0
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Verdict != analyze.GrowingWithLoad {
			leaked += by(f, r.Total.Trend.Warmup)
		}
	}
	left := r.Total.Baseline - leaked
	switch {
	case left <= 0:
		return nil
	case leaked == 0:
		return []para{measured("The total then stays near its baseline of %s, plus what the load needs.", goroutines(left))}
	}
	return []para{measured("Started anew, the process stays near %s, plus what the load needs: the baseline of %s less the %s that were at the sites of the findings by then.",
		goroutines(left), grouped(float64(r.Total.Baseline)), grouped(float64(leaked)))}
}

// by is the count of a finding when the start-up was over and the baseline taken.
func by(f *analyze.Finding, warmup float64) int {
	n := f.Count.First
	for _, p := range f.Points {
		if p.T <= warmup && warmup > 0 {
			n = int(math.Round(p.N))
		}
	}
	return n
}

// afterSeconds is how long the watch after the fix has to be: as long as this
// one, three steps of a staircase, long enough for the old rate to show, and
// never under two minutes (idle connections live 90 s).
func afterSeconds(r *Report) float64 {
	s := math.Max(2*minute, r.Window.Seconds)
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Step != nil {
			s = math.Max(s, 3*f.Step.Period)
		}
		if below := analyze.FixedBelow(f.Rate); below > 0 {
			s = math.Max(s, analyze.SecondsToExclude(below))
		}
	}
	return math.Min(math.Ceil(s/minute)*minute, day)
}

func goDuration(s float64) string {
	m := int(math.Round(s / minute))
	if m >= 60 && m%60 == 0 {
		return fmt.Sprintf("%dh", m/60)
	}
	return fmt.Sprintf("%dm", m)
}

func targetArg(t analyze.Target) string {
	switch {
	case t.URL != "":
		return t.URL
	case t.PID != 0:
		return fmt.Sprintf("pid:%d", t.PID)
	case t.Kind == "file" || t.Name == "":
		return "HOST:PORT"
	}
	return t.Name
}

// recording is the recording this report was made from, as the remake command names it.
func recording(remake string) string {
	f := strings.Fields(remake)
	if len(f) < 3 || f[0] != "logcap" || f[1] != "report" || strings.HasPrefix(f[2], "-") || strings.ContainsAny(remake, `'"\`) {
		return "before"
	}
	return f[2]
}

// ShellQuote makes s one word of a POSIX shell, and of one line.
func ShellQuote(s string) string {
	s = clean(s)
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+=,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !safe(r) }) < 0 && s[0] != '-' {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
