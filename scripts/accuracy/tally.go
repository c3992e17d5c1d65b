package main

import (
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/logcap/logcap/analyze"
)

// result is all cases and what it took to run them.
type result struct {
	outcomes []outcome
	logcap   string // its version line
	folder   string
	parallel int
	watched  bool // false: kept recordings were judged again
	wall     time.Duration
	// used is CPU time; seconds is the sum of all watches.
	logcapCPU, serviceCPU time.Duration
	seconds               float64
}

// bar is one thing to reach.
type bar struct {
	what  string
	n, of int
	holds bool
}

// samplesNeeded is the share of the samples due without which a watch says more of a busy machine than of logcap.
const samplesNeeded = 2.0 / 3

// suspectsAllowed is one in so many healthy services.
const suspectsAllowed = 14

func (r result) bars() []bar {
	ran := bar{what: "cases ran and gave a report", of: len(r.outcomes)}
	kept := bar{what: "watches that got two thirds of their samples or more: the machine kept up"}
	found := bar{what: "leaks found, PROBABLE or better, at their go statement"}
	hung := bar{what: "stuck ones found, STUCK, at their go statement"}
	named := bar{what: "mechanisms named right where no source is needed"}
	proven := bar{what: "built with Go 1.27: CONFIRMED at their go statement"}
	clean := bar{what: "healthy services not above SUSPECT"}
	quiet := bar{what: "healthy services below SUSPECT (13 of 14 needed; session-ramp, which nobody could tell, apart)"}
	for _, o := range r.outcomes {
		if o.failure != "" {
			continue
		}
		ran.n++
		if o.wanted > 0 {
			kept.add(float64(o.samples) >= samplesNeeded*float64(o.wanted))
		}
		if o.class == fine {
			clean.add(!accuses(o.verdict))
			if !o.undecidable {
				quiet.add(rank(o.verdict) < rank(analyze.Suspect))
			}
			continue
		}
		if !o.needsSource {
			named.add(o.named == right)
		}
		switch {
		case o.Go127:
			proven.add(o.found)
		case o.class == stuck:
			hung.add(o.found)
		default:
			found.add(o.found)
		}
	}
	bars := []bar{ran, kept, found, hung, named, proven, clean, quiet}
	var asked []bar
	for _, b := range bars {
		b.holds = b.n == b.of
		if b.what == quiet.what {
			b.holds = (b.of-b.n)*suspectsAllowed <= b.of
		}
		if b.of > 0 {
			asked = append(asked, b)
		}
	}
	return asked
}

func (b *bar) add(ok bool) {
	b.of++
	if ok {
		b.n++
	}
}

// holds says that there were cases and all bars hold.
func (r result) holds() bool {
	for _, b := range r.bars() {
		if !b.holds {
			return false
		}
	}
	return len(r.outcomes) > 0
}

// confusion counts the reports' verdicts by class.
func (r result) confusion() map[class]map[analyze.Verdict]int {
	counts := map[class]map[analyze.Verdict]int{}
	for _, o := range r.outcomes {
		if o.failure != "" {
			continue
		}
		if counts[o.class] == nil {
			counts[o.class] = map[analyze.Verdict]int{}
		}
		counts[o.class][o.verdict]++
	}
	return counts
}

// notes are figures beside the bars.
func (r result) notes() []string {
	others, misnamed, close, rated, blamed, blamable := 0, 0, 0, 0, 0, 0
	worst, worstName := 1.0, ""
	undecided := 0
	for _, o := range r.outcomes {
		if o.failure != "" {
			continue
		}
		if share := float64(o.samples) / float64(o.wanted); o.wanted > 0 && share < worst {
			worst, worstName = share, o.name()
		}
		if o.class == fine {
			if o.verdict == analyze.Inconclusive {
				undecided++
			}
			continue
		}
		others += len(o.others)
		if o.named == wrong && o.needsSource {
			misnamed++
		}
		if blamable++; o.cause {
			blamed++
		}
		if o.found && o.trueRate > 0 {
			if rated++; math.Abs(o.rate-o.trueRate) <= 0.2*o.trueRate {
				close++
			}
		}
	}
	notes := []string{
		fmt.Sprintf("%d healthy services inconclusive", undecided),
		fmt.Sprintf("%d accusations of other places in leaky and stuck services", others),
		fmt.Sprintf("%d mechanisms named wrong where source would be needed", misnamed),
		fmt.Sprintf("%d of %d rates within 20 %% of the true one", close, rated),
		fmt.Sprintf("%d of %d findings name the function to blame", blamed, blamable),
	}
	if worstName != "" {
		notes = append(notes, fmt.Sprintf("fewest samples: %.0f %% of those due, in %s", 100*worst, worstName))
	}
	took := fmt.Sprintf("%d cases in %s on %d cores", len(r.outcomes), r.wall.Round(time.Second), runtime.NumCPU())
	if r.watched {
		took += fmt.Sprintf(", %d at a time; CPU: %.0f %% of the machine for logcap, %.0f %% for the services; a watch takes %.1f %% of a core", r.parallel,
			r.share(r.logcapCPU), r.share(r.serviceCPU), 100*r.logcapCPU.Seconds()/max(1, r.seconds))
	}
	return append(notes, took)
}

// share is a CPU time as a percentage of all cores over the whole run.
func (r result) share(cpu time.Duration) float64 {
	return 100 * cpu.Seconds() / max(1, r.wall.Seconds()*float64(runtime.NumCPU()))
}

// misses says what is wrong with one case, empty when nothing is.
func (o outcome) misses() []string {
	if o.failure != "" {
		return []string{o.failure}
	}
	var all []string
	if o.class == fine {
		if rank(o.verdict) >= rank(analyze.Suspect) {
			all = append(all, fmt.Sprintf("healthy, and %s at %s", o.verdict, o.site))
		}
		return append(all, o.others...)
	}
	switch {
	case o.found:
	case o.atSite != "":
		all = append(all, fmt.Sprintf("only %s at %s", o.atSite, o.site))
	case o.site != "":
		all = append(all, fmt.Sprintf("nothing at the marked place; first finding: %s at %s", o.verdict, o.site))
	default:
		all = append(all, fmt.Sprintf("no finding; %s", o.verdict))
	}
	if o.named == wrong {
		all = append(all, fmt.Sprintf("called %s", o.mechanism))
	}
	for _, other := range o.others {
		all = append(all, "also accused: "+other)
	}
	return all
}
