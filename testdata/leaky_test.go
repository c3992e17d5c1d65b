package programs_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// perMinute is the rate the programs are driven at here, so that a few seconds tell.
const perMinute = 600

// only is for whoever works on one program.
var only = flag.String("only", "", "run TestLeaky and TestUnseen for these programs alone, with commas between")

// TestLeaky runs every leaky program in every style and variant, and checks that the marked sites grow at the planned rate or are stuck,
// and that no other site does.
func TestLeaky(t *testing.T) {
	runLeaky(t, "leaky", func(name string, e expect) {
		if e.Mechanism != name || len(e.Styles) != 3 {
			t.Errorf("%s: expect.json names the mechanism %q and the styles %q", name, e.Mechanism, e.Styles)
		}
	})
}

// runLeaky runs the programs in dir in every style and variant, after checkOwn has looked at what each expects.
func runLeaky(t *testing.T, dir string, checkOwn func(name string, e expect)) {
	bin := build(t, "./"+dir+"/...")
	var group errgroup.Group
	group.SetLimit(24)
	seed := 0
	for _, folder := range programFolders(t, dir) {
		name := filepath.Base(folder)
		if *only != "" && !slices.Contains(strings.Split(*only, ","), name) {
			continue
		}
		e := readExpect(t, folder)
		checkExpect(t, folder, e)
		checkOwn(name, e)
		marked := readMarkers(t, folder)
		variants := e.Variants
		if len(variants) == 0 {
			variants = []string{""}
		}
		for _, variant := range variants {
			for _, style := range e.Styles {
				seed++
				c := &leakyCase{expect: e, sites: marked.sites(style, variant), binary: filepath.Join(bin, name), variant: variant, style: style, seed: seed}
				group.Go(func() error {
					if err := c.check(); err != nil {
						t.Errorf("%s -style %s -variant %q -seed %d: %v", name, c.style, c.variant, c.seed, err)
					}
					return nil
				})
			}
		}
	}
	group.Wait()
}

func checkExpect(t *testing.T, folder string, e expect) {
	t.Helper()
	switch {
	case !slices.Contains(e.AcceptedMechanisms, e.Mechanism):
		t.Errorf("%s: expect.json names the mechanism %q and accepts %q", folder, e.Mechanism, e.AcceptedMechanisms)
	case e.Verdict != "probable" && e.Verdict != "stuck":
		t.Errorf("%s: expect.json has verdict %q", folder, e.Verdict)
	case e.NeedsSource == nil || e.LeaksPerRequest == 0 || len(e.CauseFunc) == 0 || len(e.Styles) == 0:
		t.Errorf("%s: expect.json lacks needs_source, leaks_per_request, cause_func or styles", folder)
	}
	if _, err := os.Stat(filepath.Join(folder, "main.go")); err != nil {
		t.Error(err)
	}
}

// leakyCase is one program in one style and variant.
type leakyCase struct {
	expect  expect
	sites   []site
	binary  string
	variant string
	style   string
	seed    int
}

// ours says whether g was started at one of the sites that are to leak.
func (c *leakyCase) ours(g goroutine) bool {
	if len(c.expect.LibrarySite) > 0 {
		return slices.Contains(c.expect.LibrarySite, g.creator)
	}
	return slices.Contains(c.sites, g.site)
}

func (c *leakyCase) check() (err error) {
	p, err := c.start()
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := p.stop(); err == nil && stopErr != nil {
			err = fmt.Errorf("after SIGTERM: %w", stopErr)
		}
	}()
	// Requests that go well take up to two seconds: only then is the number of those level.
	time.Sleep(2500 * time.Millisecond)
	asked := time.Now()
	before, err := p.dump()
	if err != nil {
		return err
	}
	answered := time.Now()
	window := 3 * time.Second
	if p.hello.Plan.Shape == "batch" {
		window = 2 * p.hello.Plan.Period
	}
	time.Sleep(window)
	shortest := time.Since(answered)
	after, err := p.dump()
	if err != nil {
		return err
	}
	if c.variant == "stuck" || c.expect.Verdict == "stuck" {
		return c.checkStuck(before, after)
	}
	return c.checkGrowth(before, after, shortest, time.Since(asked), p.hello.Plan.Batch)
}

// start runs the program with a seed near the case's whose batches, if it has any, come often enough for a short test.
func (c *leakyCase) start() (*program, error) {
	for seed := c.seed; ; seed += 3 {
		p, err := start(c.binary, "-seed", fmt.Sprint(seed), "-style", c.style, "-variant", c.variant,
			"-leak-rate", fmt.Sprint(perMinute), "-stuck-after", "1s", "-duration", "1m")
		if err != nil || p.hello.Plan.Period <= 2*time.Second {
			return p, err
		}
		if err := p.stop(); err != nil {
			return nil, err
		}
	}
}

// checkGrowth compares two dumps that are between shortest and longest apart: a busy machine answers late, and a program that was held up
// makes good for it afterwards. So the upper bound is generous.
func (c *leakyCase) checkGrowth(before, after []goroutine, shortest, longest time.Duration, batch int) error {
	grown, others := 0, map[string]int{}
	count := func(all []goroutine, by int) {
		for _, g := range all {
			switch {
			case c.ours(g):
				grown += by
			case g.entry == c.expect.PeerSite && c.variant == "local":
			default:
				others[string(g.site)] += by
			}
		}
	}
	count(before, -1)
	count(after, 1)
	perRequest := c.expect.LeaksPerRequest
	// Batches jitter by a part of their period, and requests that go well are on their way at the same sites.
	slack := (batch + 5) * perRequest
	least := int(perMinute*shortest.Minutes()*0.6)*perRequest - slack
	most := int(perMinute*longest.Minutes()*1.6)*perRequest + slack
	if grown < max(least, batch/2, 5) || grown > most {
		return fmt.Errorf("the marked sites grew by %d in %v, not by %d to %d", grown, shortest.Round(time.Millisecond), least, most)
	}
	for site, n := range others {
		if n > most/3 {
			return fmt.Errorf("%s grew by %d too", site, n)
		}
	}
	return nil
}

// checkStuck wants several goroutines of the marked sites at the same place in both dumps, and no site that grows.
func (c *leakyCase) checkStuck(before, after []goroutine) error {
	was := map[string]string{}
	for _, g := range before {
		if c.ours(g) {
			was[g.id] = g.where
		}
	}
	stuck := 0
	for _, g := range after {
		if !c.ours(g) {
			continue
		}
		if strings.HasPrefix(g.where, "[sleep") {
			return fmt.Errorf("goroutine %s is asleep, not stuck: %s", g.id, g.where)
		}
		if was[g.id] != g.where {
			return fmt.Errorf("goroutine %s is not stuck: %s, then %s", g.id, was[g.id], g.where)
		}
		stuck++
	}
	if stuck < 2 || stuck != len(was) {
		return fmt.Errorf("%d goroutines are stuck and %d were", stuck, len(was))
	}
	if len(after) > len(before)+3 {
		return fmt.Errorf("the total grew from %d to %d", len(before), len(after))
	}
	return nil
}
