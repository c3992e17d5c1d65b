package admin

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/selfwatch"
)

// metrics asks the collector once a scrape; nothing is counted twice.
type metrics struct{ opt Options }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("logcap_"+name, help, labels, nil)
}

// Describe sends nothing: which reasons and sinks there are is known when it is asked (an unchecked collector).
func (m *metrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	s := m.opt.Stats()
	send := func(kind prometheus.ValueType, d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	send(prometheus.GaugeValue, describe("build_info", "Always 1; the version is a label.", "version"), 1, m.opt.Version)
	send(prometheus.GaugeValue, describe("start_time_seconds", "When the collector began, Unix time."), seconds(s.Started))
	send(prometheus.GaugeValue, describe("problems", "Open problems, as /health lists them."), float64(len(s.Problems)))
	send(prometheus.GaugeValue, describe("reading_paused", "1 while nothing is read because positions cannot be kept."), truth(s.Paused))
	send(prometheus.GaugeValue, describe("checkpoint_last_success_timestamp_seconds", "When positions were last kept, Unix time; 0: never."), seconds(s.Saved))
	send(prometheus.CounterValue, describe("unrouted_records_total", "Records that no route took: given to no sink."), float64(s.Unrouted))
	for _, src := range s.Sources {
		m.source(send, src)
	}
	for _, snk := range s.Sinks {
		m.sink(send, snk)
	}
	m.self(send, m.opt.Self())
	var stages struct{ in, out, joined, failed, split uint64 }
	for _, st := range s.Stages {
		stages.in, stages.out = stages.in+st.In, stages.out+st.Out
		stages.joined, stages.failed, stages.split = stages.joined+st.Joined, stages.failed+st.Failed, stages.split+st.Split
	}
	if len(s.Stages) > 0 {
		send(prometheus.CounterValue, describe("stages_joined_records_total", "Records that became part of the one before."), float64(stages.joined))
		send(prometheus.CounterValue, describe("stages_failed_records_total", "Records kept as they were, because a stage could not process them."), float64(stages.failed))
		send(prometheus.CounterValue, describe("stages_split_events_total", "Times that an event was over a bound and went out with the rest still to come."), float64(stages.split))
	}
}

type sender = func(prometheus.ValueType, *prometheus.Desc, float64, ...string)

func (m *metrics) source(send sender, s capture.SourceStats) {
	counter := func(name, help string, v uint64) {
		send(prometheus.CounterValue, describe(name, help, "source"), float64(v), s.Name)
	}
	counter("source_records_total", "Records read and sent on.", s.Lines)
	counter("source_bytes_total", "Bytes read for them.", s.Bytes)
	counter("source_cut_records_total", "Records cut because their line was longer than the limit.", s.Cut)
	counter("source_partial_records_total", "Records sent without the end of their line.", s.Partial)
	counter("source_reopens_total", "Streams and files that were opened again.", s.Reopens)
	counter("source_duplicates_total", "Records recognised as already sent, and not sent twice.", s.Dropped)
	send(prometheus.GaugeValue, describe("source_active_origins", "Containers and files that are followed.", "source"), float64(s.Active), s.Name)
	if s.Behind >= 0 {
		send(prometheus.GaugeValue, describe("source_behind_bytes", "Bytes that are there and not read.", "source"), float64(s.Behind), s.Name)
	}
	for reason, n := range s.Lost {
		send(prometheus.CounterValue, describe("source_lost_total", "What was given up, in bytes or, for gap and damaged-archive, in occasions.", "source", "reason"), float64(n), s.Name, reason)
	}
}

func (m *metrics) sink(send sender, s capture.SinkStats) {
	counter := func(name, help string, v uint64) {
		send(prometheus.CounterValue, describe(name, help, "sink"), float64(v), s.Name)
	}
	gauge := func(name, help string, v float64) {
		send(prometheus.GaugeValue, describe(name, help, "sink"), v, s.Name)
	}
	counter("sink_read_records_total", "Records given to the sink: delivered + dropped + dead-lettered + queued.", s.Read)
	counter("sink_delivered_records_total", "Records that the sink has acknowledged.", s.Delivered)
	counter("sink_retries_total", "Writes that failed and were tried again.", s.Retries)
	gauge("sink_queued_records", "Records that wait or are being written.", float64(s.Queued))
	gauge("sink_queued_bytes", "Memory that they hold, or bytes of the queue on disk.", float64(s.QueuedBytes))
	gauge("sink_failing", "1 when the last write failed.", truth(s.Failing))
	gauge("sink_breaker_open", "1 while the sink has failed so often that it is only probed.", truth(s.BreakerOpen))
	gauge("sink_last_success_timestamp_seconds", "When the sink last took something, Unix time; 0: never.", seconds(s.LastSuccess))
	for reason, n := range s.DeadLettered {
		send(prometheus.CounterValue, describe("sink_deadlettered_records_total", "Records that the sink refused for good, and that are kept as dead letters.", "sink", "reason"), float64(n), s.Name, reason)
	}
	for reason, n := range s.Dropped {
		send(prometheus.CounterValue, describe("sink_dropped_records_total", "Records that will not be delivered.", "sink", "reason"), float64(n), s.Name, reason)
	}
	for what, n := range s.Counts {
		send(prometheus.CounterValue, describe("sink_changed_records_total", "Records delivered, of which the sink changed something.", "sink", "what"), float64(n), s.Name, what)
	}
}

func (m *metrics) self(send sender, s selfwatch.State) {
	gauge := func(name, help string, v float64) { send(prometheus.GaugeValue, describe(name, help), v) }
	gauge("goroutines", "Goroutines of the collector, at the last look.", float64(s.Goroutines))
	gauge("memory_usage_bytes", "Memory that the Go runtime has from the system and has not given back.", float64(s.Memory))
	gauge("heap_in_use_bytes", "Heap that the last garbage collection found in use.", float64(s.Heap))
	if s.Descriptors >= 0 {
		gauge("open_fds", "Open descriptors of the collector.", float64(s.Descriptors))
	}
	if !s.Taken.IsZero() {
		gauge("baseline_goroutines", "Goroutines once the collector had started.", float64(s.Baseline.Goroutines))
	}
	for _, what := range []string{"goroutines", "memory", "descriptors"} {
		send(prometheus.GaugeValue, describe("growing", "1 while the collector holds more than its work explains.", "what"), truth(slices.Contains(s.Growing, what)), what)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixNano()) / 1e9
}
