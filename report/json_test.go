package report

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/report/schema"
)

// strict compiles a published schema with every object closed: the published
// one is open, because fields are added, but what we write has to be described.
func strict(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	files, err := schema.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	var id string
	for _, f := range files {
		data, err := schema.Files.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", f.Name(), err)
		}
		closeObjects(doc)
		at := doc.(map[string]any)["$id"].(string)
		if err := c.AddResource(at, doc); err != nil {
			t.Fatal(err)
		}
		if f.Name() == name {
			id = at
		}
	}
	compiled, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["properties"].(map[string]any); ok && v["type"] == "object" {
			v["additionalProperties"] = false
		}
		for _, x := range v {
			closeObjects(x)
		}
	case []any:
		for _, x := range v {
			closeObjects(x)
		}
	}
}

func validate(t *testing.T, s *jsonschema.Schema, data []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("does not follow its schema: %#v", err)
	}
}

func TestReportJSONFollowsSchema(t *testing.T) {
	s := strict(t, "report.json")
	var all []*Report
	for name, r := range fixtures() {
		all = append(all, r)
		t.Run(name, func(t *testing.T) {
			validate(t, s, written(t, func(b *bytes.Buffer) error { return WriteJSON(b, r) }))
		})
	}
	validate(t, strict(t, "reports.json"), written(t, func(b *bytes.Buffer) error { return WriteReportsJSON(b, all) }))
	validate(t, strict(t, "reports.json"), written(t, func(b *bytes.Buffer) error { return WriteReportsJSON(b, nil) }))
}

func TestSchemaRefuses(t *testing.T) {
	s := strict(t, "report.json")
	good := string(written(t, func(b *bytes.Buffer) error { return WriteJSON(b, fixtures()["chan-send"]) }))
	for what, change := range map[string][2]string{
		"an unknown verdict":   {`"verdict": "confirmed"`, `"verdict": "sure"`},
		"an unknown mechanism": {`"n-cast"`, `"n-kast"`},
		"a local time":         {`"start": "2026-11-20T09:30:00Z"`, `"start": "2026-11-20T09:30:00+01:00"`},
		"a null list":          {`"metrics": [`, `"metrics": null, "x": [`},
		"a field without name": {`"remake"`, `"remade"`},
	} {
		t.Run(what, func(t *testing.T) {
			bad := strings.Replace(good, change[0], change[1], 1)
			if bad == good {
				t.Fatalf("%q is not in the report", change[0])
			}
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
			if err != nil {
				t.Fatal(err)
			}
			if s.Validate(doc) == nil {
				t.Error("the schema accepts it")
			}
		})
	}
}

func TestEmptyListsAreNotNull(t *testing.T) {
	r := New(analyze.Analysis{Findings: []analyze.Finding{{Cause: &analyze.Cause{}, Fix: &analyze.Fix{}}}}, Tool{}, nil, "")
	got := string(written(t, func(b *bytes.Buffer) error { return WriteJSON(b, r) }))
	for _, field := range []string{"findings", "growth", "cleared", "inventory", "metrics", "warnings", "sources", "sites", "victims", "lineage", "evidence", "stack", "steps", "candidates", "projections", "limits"} {
		if strings.Contains(got, `"`+field+`": null`) {
			t.Errorf("%s is null and should be []", field)
		}
		if !strings.Contains(got, `"`+field+`": [`) {
			t.Errorf("%s is missing", field)
		}
	}
	for _, field := range []string{"step", "cohort", "diff", "compiles", "stack_bytes", "bytes_per_leak", "descriptors"} {
		if !strings.Contains(got, `"`+field+`": null`) {
			t.Errorf("%s should be null when it is not known", field)
		}
	}
}

func TestNumbersJSONCannotHold(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	a := analyze.Analysis{
		Total:    analyze.Total{Rate: analyze.Rate{Value: nan, Low: math.Inf(-1), High: inf}},
		Findings: []analyze.Finding{{Rate: analyze.Rate{Value: inf}, Trend: &analyze.Numbers{P: nan, PAdjusted: nan}}},
		Impact: analyze.Impact{StackPerLeak: &nan, Limits: []analyze.Limit{{Seconds: inf, High: inf}},
			Project: []analyze.Projection{{Value: inf}}},
	}
	for name, write := range map[string]func(*bytes.Buffer, *Report) error{
		"json": func(b *bytes.Buffer, r *Report) error { return WriteJSON(b, r) },
		"md":   func(b *bytes.Buffer, r *Report) error { return WriteMarkdown(b, r) },
		"text": func(b *bytes.Buffer, r *Report) error { return WriteText(b, r, Style{}) },
	} {
		got := string(written(t, func(b *bytes.Buffer) error { return write(b, New(a, Tool{}, nil, "")) }))
		for _, bad := range []string{"NaN", "Inf", "%!"} {
			if i := strings.Index(got, bad); i >= 0 {
				t.Errorf("%s has %s: %s", name, bad, got[max(0, i-40):min(len(got), i+40)])
			}
		}
	}
}

func TestTimesAreUTC(t *testing.T) {
	zone := time.FixedZone("far", 5*3600+1800)
	a := stable()
	b := stable()
	b.Window.Start, b.Window.End = b.Window.Start.In(zone), b.Window.End.In(zone)
	b.Window.Gaps[0].Start = b.Window.Gaps[0].Start.In(zone)
	one := written(t, func(w *bytes.Buffer) error { return WriteJSON(w, New(a, Tool{}, nil, "")) })
	two := written(t, func(w *bytes.Buffer) error { return WriteJSON(w, New(b, Tool{}, nil, "")) })
	if !bytes.Equal(one, two) {
		t.Error("the time zone of the input shows in the report")
	}
}

func TestNewCopies(t *testing.T) {
	a := several()
	before, err := json.Marshal(a.Findings)
	if err != nil {
		t.Fatal(err)
	}
	r := New(a, Tool{}, nil, "")
	r.Findings[0].Evidence[0].Text, r.Findings[0].Cause.Text, r.Window.Scrapes["stacks"] = "changed", "changed", 99
	r.Warnings = append(r.Warnings, "changed")
	after, err := json.Marshal(a.Findings)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) || a.Window.Scrapes["stacks"] == 99 {
		t.Error("the report shares memory with the analysis")
	}
}

// TestContractNamesEveryField keeps docs/json.md whole: what is written is described there.
func TestContractNamesEveryField(t *testing.T) {
	doc, err := os.ReadFile("../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	files, err := schema.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := schema.Files.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		properties(v, names)
	}
	if len(names) < 60 {
		t.Fatalf("only %d names found in the schemas", len(names))
	}
	for name := range names {
		if !bytes.Contains(doc, []byte("`"+name+"`")) && !bytes.Contains(doc, []byte("."+name+"`")) {
			t.Errorf("docs/json.md does not describe %q", name)
		}
	}
}

func properties(v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if p, ok := v["properties"].(map[string]any); ok {
			for name := range p {
				into[name] = true
			}
		}
		for _, x := range v {
			properties(x, into)
		}
	case []any:
		for _, x := range v {
			properties(x, into)
		}
	}
}

func TestSitesJSONFollowsSchema(t *testing.T) {
	s := strict(t, "sites.json")
	for _, snap := range []*goroutine.Snapshot{snapshot(), {}} {
		validate(t, s, written(t, func(b *bytes.Buffer) error { return WriteSitesJSON(b, NewSites("shop", snap)) }))
	}
}

func TestCompareJSONFollowsSchema(t *testing.T) {
	s := strict(t, "compare.json")
	for name, c := range comparisons() {
		t.Run(name, func(t *testing.T) {
			validate(t, s, written(t, func(b *bytes.Buffer) error { return WriteCompareJSON(b, c) }))
		})
	}
}
