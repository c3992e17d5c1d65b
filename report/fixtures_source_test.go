package report

import (
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
)

// The analyses below are those of fixtures_test.go after their source was read.

// explained are by the name of their golden files.
func explainedFixtures() map[string]analyze.Analysis {
	return map[string]analyze.Analysis{
		"source-premature-return": prematureReturn(), "source-client-per-call": clientFromSource(), "source-double-lock": doubleLock(),
		"source-undecided": undecidedBySource(), "source-doubt": doubtful(), "source-several": severalExplained(), "source-hostile": hostileSource(),
	}
}

func shopTree() *analyze.Tree {
	return &analyze.Tree{Module: "example.com/shop", Level: "types", Packages: 14, Lines: 3412, Placed: 9, Asked: 23}
}

// from cuts an excerpt out of a text; marks are put on the lines that hold their first element.
func from(fn, file string, first int, text string, marks ...[2]string) analyze.Excerpt {
	e := analyze.Excerpt{Func: fn, File: file, First: first, Lines: strings.Split(strings.Trim(text, "\n"), "\n")}
	for i, l := range e.Lines {
		for _, m := range marks {
			if strings.Contains(l, m[0]) {
				e.Marks = append(e.Marks, analyze.Mark{Line: first + i, Text: m[1]})
			}
		}
	}
	return e
}

func seen(text, file string, line int) analyze.Evidence {
	return analyze.Evidence{Kind: analyze.Derived, Text: text, File: file, Line: line}
}

const askCode = `
func (q *Quoter) Ask(ctx context.Context, sku string) (Quote, error) {
	answers := make(chan Quote)
	stock, err := q.stock.Lookup(ctx, sku)
	if err != nil {
		return Quote{}, err
	}
	go func() {
		quote := q.fetch(sku)
		answers <- quote
	}()
	if stock.Left == 0 {
		return Quote{}, ErrSoldOut
	}
	if err := q.limit.Take(ctx); err != nil {
		return Quote{}, err
	}
	return <-answers, nil
}
`

const askDiff = `--- a/price/quoter.go
+++ b/price/quoter.go
@@ -49,7 +49,7 @@
 
 // Ask gives the price of an article that is in stock.
 func (q *Quoter) Ask(ctx context.Context, sku string) (Quote, error) {
-	answers := make(chan Quote)
+	answers := make(chan Quote, 1)
 	stock, err := q.stock.Lookup(ctx, sku)
 	if err != nil {
 		return Quote{}, err
`

func prematureReturn() analyze.Analysis {
	a := chanSend()
	a.Tree = shopTree()
	const ask, file = "example.com/shop/price.(*Quoter).Ask", "price/quoter.go"
	f := &a.Findings[0]
	f.Mechanism, f.Candidates = analyze.PrematureReturn, nil
	f.Cause = &analyze.Cause{Text: ask + " returns here without receiving from answers", File: file, Line: 62, Func: ask, Kind: analyze.Derived,
		Candidates: []analyze.Candidate{{Position: analyze.Position{Func: ask, File: file, Line: 65}, Score: 0.5, Why: ask + " returns here without receiving"}}}
	f.Evidence = append(f.Evidence,
		seen("the goroutine sends to answers, which has room for nothing", file, 59),
		seen(ask+" receives from it here, or calls what does", file, 67),
		seen("there is a way from the start of the goroutine to this point on which nothing is received, and "+ask+" returns", file, 62))
	f.Excluded = []analyze.Excluded{
		{Mechanism: analyze.DoubleSend, Why: "the goroutine sends once on every path"},
		{Mechanism: analyze.NCast, Why: "one goroutine sends for each channel that is made"},
		{Mechanism: analyze.TimeoutLeak, Why: "no select that receives from the channel leaves without having received"},
	}
	f.Code = []analyze.Excerpt{from(ask, file, 51, askCode,
		[2]string{"ErrSoldOut", "cause: " + ask + " returns here without receiving from answers"},
		[2]string{"answers <- quote", "the goroutines wait here"}, [2]string{"go func", "the goroutines start here"},
		[2]string{"<-answers, nil", ask + " receives from it here, or calls what does"})}
	f.Fix = &analyze.Fix{Title: "Give the channel room for the one value that is sent",
		Why:  "The goroutine can hand its value over and end, whether somebody is there to take it or not.",
		Diff: ptr(askDiff), Compiles: ptr(true)}
	a.Cleared = append(a.Cleared, untracked("example.com/shop/cart.(*Store).Start", "cart/store.go", 31, 1, 1),
		untracked("net/http.(*Server).Serve", "net/http/server.go", 3454, 4, 9))
	return a
}

func untracked(fn, file string, line, first, last int) analyze.Cleared {
	return analyze.Cleared{Site: goroutine.Site{Func: fn, File: file, Line: line, Exact: true}, Count: analyze.Count{First: first, Last: last},
		Why: "no WaitGroup counts its goroutines and no context ends them, and they do not pile up", Kind: analyze.Derived}
}

const probeCode = `
func (c *Checker) probe(ctx context.Context, url string) error {
	client := &http.Client{
		Timeout:   c.timeout,
		Transport: &http.Transport{TLSClientConfig: c.tls},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return c.judge(resp)
}
`

const probeDiff = `--- a/health/checker.go
+++ b/health/checker.go
@@ -80,9 +80,11 @@
 
 // probe asks one instance.
 func (c *Checker) probe(ctx context.Context, url string) error {
+	transport := &http.Transport{TLSClientConfig: c.tls}
+	defer transport.CloseIdleConnections()
 	client := &http.Client{
 		Timeout:   c.timeout,
-		Transport: &http.Transport{TLSClientConfig: c.tls},
+		Transport: transport,
 	}
 	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
 	if err != nil {
`

func clientFromSource() analyze.Analysis {
	a := clientPerCall()
	a.Tree = shopTree()
	const probe, run, file = "example.com/shop/health.(*Checker).probe", "example.com/shop/health.(*Checker).Run", "health/checker.go"
	f := &a.Findings[0]
	f.Lineage[0].Line = 91
	measured := f.Cause
	f.Evidence = append(f.Evidence[:3:3], analyze.Evidence{Kind: analyze.Measured, Text: measured.Text, File: measured.File, Line: 91},
		seen("a ticker makes this loop go round", file, 40),
		seen("the loop calls "+probe+" for each of the instances", file, 41),
		seen("each call makes an http.Transport of its own", file, 85),
		seen("the request goes through it, and its connection stays open for the next one, which never comes", file, 91),
		seen("no way out of "+probe+" calls CloseIdleConnections", file, 96))
	f.Cause = &analyze.Cause{Text: "an http.Transport is made here for one call and never closed", File: file, Line: 85, Func: probe, Kind: analyze.Derived}
	f.Code = []analyze.Excerpt{
		from(probe, file, 82, probeCode, [2]string{"Transport: &", "cause: an http.Transport is made here for one call and never closed"},
			[2]string{"client.Do", "the request goes through it, and its connection stays open for the next one, which never comes"}),
		from(run, file, 38, "\tdefer tick.Stop()\n\tfor {\n\t\tfor range tick.C {\n\t\t\tc.each(func(url string) { c.note(url, c.probe(ctx, url)) })\n\t\t}\n\t}",
			[2]string{"tick.C", "a ticker makes this loop go round"}, [2]string{"c.probe", "the loop calls probe for each of the instances"}),
	}
	f.Fix = &analyze.Fix{Title: "Close the Transport's idle connections when the call is over",
		Why:  "Both goroutines of a kept connection end with it.",
		Diff: ptr(probeDiff), Compiles: ptr(true), Steps: []string{"better still, make one Transport in NewChecker and keep it in the Checker: it is safe for concurrent use"}}
	for i := range 23 {
		a.Cleared = append(a.Cleared, untracked("example.com/shop/job.start", "job/job.go", 20+i, i%3, i%4))
	}
	return a
}

func doubleLock() analyze.Analysis {
	a := stuckLock()
	a.Tree = shopTree()
	const flush, file = "example.com/shop/cart.(*Store).flush", "cart/store.go"
	const size = "example.com/shop/cart.(*Store).Size"
	f := &a.Findings[0]
	f.Mechanism = analyze.DoubleLock
	f.Blocked = analyze.Position{Func: size, File: "/src/shop/cart/store.go", Line: 90}
	f.Stack = []analyze.Position{f.Stack[0], f.Blocked, {Func: flush, File: "/src/shop/cart/store.go", Line: 74}}
	f.Cause = &analyze.Cause{Text: flush + " holds s.mu here and takes it again and waits for itself", File: file, Line: 74, Func: flush, Kind: analyze.Derived,
		Candidates: []analyze.Candidate{{Position: analyze.Position{Func: size, File: file, Line: 90}, Score: 0.5, Why: "the inner Lock"}}}
	f.Evidence = append(f.Evidence,
		analyze.Evidence{Kind: analyze.Measured, Text: "profiles alone would have said missing-unlock"},
		seen(flush+" takes s.mu", file, 71), seen(flush+" calls "+size, file, 74),
		seen(size+" takes it again, and nothing gives it back between", file, 90))
	f.Excluded = []analyze.Excluded{{Mechanism: analyze.MissingUnlock, Why: "every function that takes s.mu gives it back on every path"},
		{Mechanism: analyze.LockOrder, Why: "no other lock is held while this one is waited for"}}
	f.Code = []analyze.Excerpt{
		from(flush, file, 69, "func (s *Store) flush() {\n\tfor range s.tick {\n\t\ts.mu.Lock()\n\t\tdirty := s.dirty\n\t\ts.dirty = nil\n\t\ts.log.Info(\"flush\", \"carts\", len(dirty), \"of\", s.Size())\n\t\ts.mu.Unlock()\n\t\ts.write(dirty)\n\t}\n}",
			[2]string{"s.Size()", "cause: " + flush + " holds s.mu here and takes it again and waits for itself"}, [2]string{"s.mu.Lock", flush + " takes s.mu"}),
		from(size, file, 88, "// Size is how many carts there are.\nfunc (s *Store) Size() int {\n\ts.mu.Lock()\n\tdefer s.mu.Unlock()\n\treturn len(s.carts)\n}", [2]string{"s.mu.Lock", "the goroutines wait here"}),
	}
	f.Fix = &analyze.Fix{Title: "Take the lock once: give Size an inner function that expects it to be held", Why: "flush already has the lock that Size asks for.",
		Diff: ptr("--- a/cart/store.go\n+++ b/cart/store.go\n@@ -71,7 +71,7 @@\n \t\ts.mu.Lock()\n \t\tdirty := s.dirty\n \t\ts.dirty = nil\n-\t\ts.log.Info(\"flush\", \"carts\", len(dirty), \"of\", s.Size())\n+\t\ts.log.Info(\"flush\", \"carts\", len(dirty), \"of\", s.sizeLocked())\n \t\ts.mu.Unlock()\n \t\ts.write(dirty)\n \t}\n@@ -89,5 +89,10 @@\n func (s *Store) Size() int {\n \ts.mu.Lock()\n \tdefer s.mu.Unlock()\n+\treturn s.sizeLocked()\n+}\n+\n+// sizeLocked is Size for callers that hold mu.\n+func (s *Store) sizeLocked() int {\n \treturn len(s.carts)\n }\n")}
	return a
}

// undecidedBySource: two mechanisms are left, and no change can be made out of that.
func undecidedBySource() analyze.Analysis {
	a := prematureReturn()
	const ask, file = "example.com/shop/price.(*Quoter).Ask", "price/quoter.go"
	f := &a.Findings[0]
	f.Verdict, a.Verdict = analyze.Probable, analyze.Probable
	f.Mechanism, f.Candidates = analyze.MissingReceiver, []analyze.Mechanism{analyze.MissingReceiver, analyze.PrematureReturn, analyze.TimeoutLeak, analyze.NCast, analyze.DoubleSend}
	f.Cause = &analyze.Cause{Text: "the channel is handed to a function of another module here, which may keep it", File: file, Line: 57, Func: ask, Kind: analyze.Derived,
		Candidates: []analyze.Candidate{
			{Position: analyze.Position{Func: ask, File: file, Line: 62}, Score: 0.5, Why: ask + " returns here without receiving, unless the other module does"},
			{Position: analyze.Position{Func: ask, File: file, Line: 65}, Score: 0.33, Why: ask + " returns here without receiving, unless the other module does"}}}
	f.Code[0].Marks = []analyze.Mark{{Line: 57, Text: "cause: " + f.Cause.Text}, {Line: 59, Text: "the goroutines wait here"}}
	f.Evidence = append(f.Evidence[1:3:3], seen("the goroutine sends to answers, which has room for nothing", file, 59))
	f.Fix = &analyze.Fix{Title: "Make sure that somebody receives, or let the send give up", Steps: []string{
		"find out whether the other module receives from the channel on every path", "if it does not, select between the send and ctx.Done() in quoter.go:59"}}
	a.Cleared = a.Cleared[:0]
	return a
}

// doubtful: the tree is not quite what ran, was not type-checked, and the file is generated.
func doubtful() analyze.Analysis {
	a := prematureReturn()
	const file = "price/quoter.go"
	a.Tree.Level, a.Tree.Placed, a.Tree.Packages = "syntax", 4, 3
	f := &a.Findings[0]
	f.Evidence = append([]analyze.Evidence{f.Evidence[0], seen("the source differs from what ran: price.(*Quoter).Ask began at line 50 and begins at 51 here", file, 58)}, f.Evidence[1:]...)
	f.Cause.Candidates, f.Excluded = nil, nil
	f.Fix = &analyze.Fix{Title: f.Fix.Title, Why: f.Fix.Why, Steps: []string{"Give the channel room for the one value that is sent (price/quoter.go is generated: change what it is generated from)"}}
	a.Warnings = []string{"the source was read as syntax only: go: updates to go.mod needed"}
	return a
}

// severalExplained: two findings of one cause, one whose change does not compile, one of which the source says nothing.
func severalExplained() analyze.Analysis {
	a := several()
	from := prematureReturn().Findings[0]
	client := clientFromSource()
	a.Tree = shopTree()
	a.Findings[0] = client.Findings[0]
	second := from
	second.Verdict, second.Severity, second.Rate = analyze.Suspect, analyze.Medium, analyze.Rate{Value: 4, Low: 1.1, High: 6.8}
	third := second
	third.Site.Entry, third.Site.Line = "example.com/shop/price.(*Quoter).Ask.func2", 71
	fourth := second
	fourth.Site.Func, fourth.Cause = "example.com/shop/price.(*Quoter).Bid", nil
	fourth.Fix = &analyze.Fix{Title: "Give the channel room for the one value that is sent", Diff: ptr("--- a/price/quoter.go\n+++ b/price/quoter.go\n@@ -90 +90 @@\n-\tbids := make(chan Bid)\n+\tbids := make(chan Bid, 1)\n"),
		Compiles: ptr(false), Output: "# example.com/shop/price\nprice/quoter.go:90:2: declared and not used: bids\n"}
	a.Findings = append(a.Findings[:2:2], second, third, fourth)
	a.Findings[1].Trend = &analyze.Numbers{Samples: 61, Seconds: 60, Late: analyze.Rate{}, P: 0.5, PAdjusted: 1, Ratchet: false}
	a.Findings[1].Shape = growth.Stuck
	return a
}

// hostileSource: the tree is hostile, too.
func hostileSource() analyze.Analysis {
	a := hostile()
	a.Tree = &analyze.Tree{Module: evil, Level: "syntax", Packages: 1, Lines: 1, Placed: 1, Asked: 2}
	for i := range a.Findings {
		f := &a.Findings[i]
		f.Cause = &analyze.Cause{Text: evil, Func: evil, File: evil, Line: 3, Kind: analyze.Derived,
			Candidates: []analyze.Candidate{{Position: analyze.Position{Func: evil, File: evil, Line: 9}, Score: 0.9, Why: evil}}}
		f.Evidence = append(f.Evidence, seen(evil, evil, 3), seen("the source differs from what ran: "+evil, evil, 4))
		f.Excluded = []analyze.Excluded{{Mechanism: analyze.NCast, Why: evil}}
		f.Code = []analyze.Excerpt{{Func: evil, File: evil, First: 2, Lines: []string{"```````", evil, "\t/* \u202e \x1b[2J */\r", strings.Repeat("x", 5000), "~~~"},
			Marks: []analyze.Mark{{Line: 3, Text: evil}, {Line: 99, Text: "nowhere"}, {Line: 6, Text: "```````````\n# head"}}}, {Func: "empty", File: "empty.go", First: 1}}
		f.Fix = &analyze.Fix{Title: evil, Why: evil, Diff: ptr("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n+```\n+\ty\x1b[2J\r\n" + strings.Repeat("`", 20*(i+1)) + "\n"),
			Compiles: ptr(false), Output: evil, Steps: []string{evil}}
	}
	a.Cleared = append(a.Cleared, analyze.Cleared{Site: a.Findings[0].Site, Why: evil, Kind: analyze.Derived})
	return a
}
