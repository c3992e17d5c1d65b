package evidence

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Role is what a gauge is to a leak.
type Role string

// The roles, in the order in which Metrics lists them.
const (
	Goroutines      Role = "goroutines"       // live goroutines
	Descriptors     Role = "descriptors"      // open file descriptors
	DescriptorLimit Role = "descriptor-limit" // how many there may be
	Memory          Role = "memory"           // bytes
	MemoryLimit     Role = "memory-limit"     // bytes; absent when there is none
	Workload        Role = "workload"         // what the process is asked to do at once
)

// Metrics is what a target's own metrics page says that bears on a leak.
type Metrics struct {
	// Gauges are ordered by role; within one, the names of Prometheus' own Go
	// client come first, then by name and labels.
	Gauges []Sample
	// StartTime is process_start_time_seconds, Unix seconds; 0 when not stated.
	StartTime float64
	// CPUSeconds is process_cpu_seconds_total; 0 when not stated.
	CPUSeconds float64
	// Created is how many goroutines were ever begun; 0 when not stated.
	Created float64
	// GoVersion is from go_info, as "go1.26"; "" when not stated.
	GoVersion string
	// MemStats are the go_memstats_ metrics by their whole name, bytes unless the name says otherwise.
	MemStats map[string]float64
	// Lines is how many lines were read, Skipped how many of those that bear
	// on a leak could not be.
	Lines, Skipped int
	Warnings       []string
}

// Sample is one gauge at the moment of the scrape.
type Sample struct {
	Name string
	// Labels are sorted and quoted, as {a="b",c="d"}; "" when there are none.
	Labels string
	Value  float64
	Role   Role
}

// Bounds against a page made to fill the memory.
const (
	maxMetrics     = 64 << 20 // bytes of text
	maxMetricLine  = 64 << 10
	maxSamples     = 300 // series that are kept; one a tenant can be very many
	maxLabel       = 256 // bytes of a label's value
	unlimitedBytes = 1 << 60
	unlimitedFDs   = 1 << 40
)

// ErrNoMetrics is what ReadMetrics returns for a text without a Prometheus sample.
var ErrNoMetrics = errors.New("no Prometheus metrics in the text")

// ReadMetrics reads the Prometheus text format. Only the metrics that bear on
// a leak are looked at; one that is malformed is passed over with a warning,
// and the rest stands.
func ReadMetrics(r io.Reader) (*Metrics, error) {
	p := &page{m: &Metrics{MemStats: map[string]float64{}}, types: map[string]string{}, seen: map[string]bool{},
		parser: expfmt.NewTextParser(model.UTF8Validation)}
	in := &io.LimitedReader{R: r, N: maxMetrics + 1}
	err := eachLine(in, func(n int, b []byte) bool {
		p.m.Lines++
		if len(b) <= maxMetricLine && in.N > 0 {
			p.line(n, strings.TrimSpace(string(b)))
		}
		return in.N > 0
	})
	if in.N <= 0 {
		p.warn("only the first %d bytes are read", maxMetrics)
	}
	if !p.any {
		if err == nil {
			err = ErrNoMetrics
		}
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	if err != nil {
		p.warn("the metrics cannot be read to their end: %v", err)
	}
	p.finish()
	return p.m, nil
}

// page is one ReadMetrics under way.
type page struct {
	m      *Metrics
	types  map[string]string // of the names that bear on a leak
	seen   map[string]bool
	parser expfmt.TextParser
	any    bool
	over   int // series beyond maxSamples
}

func (p *page) warn(format string, args ...any) {
	if len(p.m.Warnings) < maxWarnings {
		p.m.Warnings = append(p.m.Warnings, fmt.Sprintf(format, args...))
	}
}

func (p *page) line(n int, text string) {
	if rest, ok := strings.CutPrefix(text, "# TYPE "); ok {
		if name, kind, ok := strings.Cut(rest, " "); ok && bears(name) {
			p.types[name] = strings.TrimSpace(kind)
		}
		return
	}
	if text == "" || text[0] == '#' {
		return
	}
	end := strings.IndexAny(text, "{ \t")
	if end < 1 {
		return
	}
	name := text[:end]
	if !bears(name) {
		p.any = p.any || looksLikeSample(text)
		return
	}
	metric, err := p.parse(name, text)
	if err != nil {
		p.m.Skipped++
		p.warn("line %d is no metric and is left out: %s", n, quote(text))
		return
	}
	p.any = true
	p.add(name, metric)
}

// parse gives one line to the library, so that a bad one costs only itself.
func (p *page) parse(name, text string) (*dto.Metric, error) {
	families, err := p.parser.TextToMetricFamilies(strings.NewReader(text + "\n"))
	if err != nil {
		return nil, err
	}
	family := families[name]
	if family == nil || len(family.Metric) != 1 || family.Metric[0].Untyped == nil {
		return nil, errors.New("not one sample")
	}
	return family.Metric[0], nil
}

// looksLikeSample is for the many lines that are not parsed: a name, and a number at the end.
func looksLikeSample(text string) bool {
	last := text[strings.LastIndexAny(text, " \t}")+1:]
	_, err := strconv.ParseFloat(last, 64)
	return err == nil && model.LegacyValidation.IsValidMetricName(text[:strings.IndexAny(text, "{ \t")])
}

func (p *page) add(name string, metric *dto.Metric) {
	v := metric.GetUntyped().GetValue()
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	switch {
	case name == "go_info":
		for _, l := range metric.Label {
			if l.GetName() == "version" {
				p.m.GoVersion = printable(l.GetValue())
			}
		}
	case name == "process_start_time_seconds":
		p.m.StartTime = v
	case name == "process_cpu_seconds_total":
		p.m.CPUSeconds = v
	case name == createdName:
		p.m.Created = v
	case strings.HasPrefix(name, "go_memstats_"):
		p.m.MemStats[name] = v
	default:
		p.addGauge(Sample{Name: name, Labels: labels(metric.Label), Value: v, Role: roleOf(name, p.types[name])})
	}
}

func (p *page) addGauge(s Sample) {
	switch {
	case s.Role == "", // a counter with a gauge's name
		s.Role == MemoryLimit && s.Value >= unlimitedBytes, // GOMEMLIMIT=off is the largest int64
		s.Role == DescriptorLimit && s.Value >= unlimitedFDs,
		p.seen[s.Name+s.Labels]:
		return
	}
	if len(p.m.Gauges) >= maxSamples && s.Role == Workload {
		p.over++
		return
	}
	p.seen[s.Name+s.Labels] = true
	p.m.Gauges = append(p.m.Gauges, s)
}

func (p *page) finish() {
	slices.SortFunc(p.m.Gauges, func(a, b Sample) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.Name, b.Name), strings.Compare(a.Labels, b.Labels))
	})
	if p.over > 0 {
		p.warn("%d more workload series are left out after the first %d", p.over, maxSamples)
	}
}

// labels are quoted anew: what the page holds unescaped may be anything.
func labels(pairs []*dto.LabelPair) string {
	if len(pairs) == 0 {
		return ""
	}
	parts := make([]string, len(pairs))
	for i, l := range pairs {
		parts[i] = printable(l.GetName()) + "=" + strconv.Quote(l.GetValue()[:min(len(l.GetValue()), maxLabel)])
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ",") + "}"
}

// printable is quote without the quotes.
func printable(s string) string {
	q := quote(s)
	return q[1 : len(q)-1]
}
