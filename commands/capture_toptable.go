package commands

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/logcap/logcap/capture/admin"
)

// topTables is how a collector is, now: itself, its problems, its sources and its sinks.
// Rates are since before, by the collector's clock; there are none without it, or when the collector was started again.
func topTables(address string, before, now *admin.Health) string {
	var b strings.Builder
	fmt.Fprintf(&b, "collector at %s: %s", printable(address, false), printable(now.Status, false))
	if !now.Started.IsZero() {
		fmt.Fprintf(&b, ", up %v", now.Time.Sub(now.Started).Round(time.Second))
	}
	fmt.Fprintf(&b, "\n%s\n", topSelf(now.Self))
	for _, p := range now.Problems {
		b.WriteString("! " + printable(p.Subject+": "+p.Text, false))
		if !p.Since.IsZero() {
			fmt.Fprintf(&b, " (since %s)", p.Since.UTC().Format(time.RFC3339))
		}
		b.WriteByte('\n')
	}
	r := rates{}
	if before != nil && before.Started.Equal(now.Started) {
		r.span = now.Time.Sub(before.Time)
	}
	rows := [][]string{{"SOURCE", "STATE", ">RECORDS/S", ">BYTES/S", ">ORIGINS", ">BEHIND", "LOST"}}
	for _, s := range now.Sources {
		var old *admin.SourceHealth
		if before != nil {
			old = find(before.Sources, func(o admin.SourceHealth) bool { return o.Name == s.Name })
		}
		records, bytes, behind := "-", "-", "?"
		if old != nil {
			records, bytes = r.count(old.Records, s.Records), r.bytes(old.Bytes, s.Bytes)
		}
		if s.Behind != nil {
			behind = topBytes(float64(*s.Behind))
		}
		rows = append(rows, []string{s.Name, s.Status, records, bytes, strconv.Itoa(s.Origins), behind, reasons(s.Lost)})
	}
	b.WriteString("\n" + table(rows))
	rows = [][]string{{"SINK", "STATE", ">DELIVERED/S", ">QUEUED", ">QUEUE", ">RETRIES", "BREAKER", ">LAST SUCCESS", "DROPPED", "DEAD LETTERS"}}
	for _, s := range now.Sinks {
		var old *admin.SinkHealth
		if before != nil {
			old = find(before.Sinks, func(o admin.SinkHealth) bool { return o.Name == s.Name })
		}
		delivered, queue, breaker, last := "-", topBytes(float64(s.QueuedBytes)), "closed", "never"
		if old != nil {
			delivered = r.count(old.Delivered, s.Delivered)
		}
		if s.QueueBytes > 0 {
			queue += " of " + topBytes(float64(s.QueueBytes))
		}
		if s.BreakerOpen {
			breaker = "open"
		}
		if !s.LastSuccess.IsZero() {
			last = ago(now.Time.Sub(s.LastSuccess))
		}
		rows = append(rows, []string{s.Name, s.Status, delivered, strconv.FormatUint(s.Queued, 10), queue, strconv.FormatUint(s.Retries, 10), breaker, last, reasons(s.Dropped), reasons(s.DeadLettered)})
	}
	b.WriteString("\n" + table(rows))
	return b.String()
}

// topSelf is what the collector's process holds, and held when it had started.
func topSelf(s admin.SelfHealth) string {
	base := func(n int) string { return "" }
	if s.Baseline != nil {
		base = func(n int) string { return fmt.Sprintf(" (%d at its start)", n) }
	}
	start := cmp.Or(s.Baseline, &admin.SelfCounts{})
	text := fmt.Sprintf("goroutines %d%s, memory %s, heap %s", s.Goroutines, base(start.Goroutines), topBytes(float64(s.Memory)), topBytes(float64(s.Heap)))
	if s.Descriptors >= 0 {
		text += fmt.Sprintf(", descriptors %d%s", s.Descriptors, base(start.Descriptors))
	}
	if len(s.Growing) > 0 {
		text += "; growing: " + printable(strings.Join(s.Growing, ", "), false)
	}
	return text
}

// rates are of what was counted within span; there are none when it is 0.
type rates struct{ span time.Duration }

func (r rates) of(before, now uint64) (float64, bool) {
	return float64(now-before) / r.span.Seconds(), r.span > 0 && now >= before
}

func (r rates) count(before, now uint64) string {
	n, ok := r.of(before, now)
	switch {
	case !ok:
		return "-"
	case n == 0:
		return "0"
	case n < 9.95:
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	return strconv.FormatFloat(n, 'f', 0, 64)
}

func (r rates) bytes(before, now uint64) string {
	if n, ok := r.of(before, now); ok {
		return topBytes(n)
	}
	return "-"
}

// topBytes is a number of bytes with two digits or more: 17 B, 1.2 KiB, 35 MiB.
func topBytes(n float64) string {
	units := [...]string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for n >= 1024 && i < len(units)-1 {
		n /= 1024
		i++
	}
	if i > 0 && n < 9.95 && n != float64(int64(n)) {
		return fmt.Sprintf("%.1f %s", n, units[i])
	}
	return fmt.Sprintf("%.0f %s", n, units[i])
}

// ago is so long before now.
func ago(d time.Duration) string {
	if d < time.Second {
		return "now"
	}
	return d.Truncate(time.Second).String() + " ago"
}

// reasons are numbers by reason; "-" when there are none.
func reasons(all map[string]uint64) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(all)) {
		if all[reason] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", reason, all[reason]))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "-")
}

func find[T any](all []T, is func(T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return &all[i]
	}
	return nil
}

// table sets rows in columns. A column whose head begins with > is set to the right.
func table(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	right := make([]bool, len(rows[0]))
	for i, head := range rows[0] {
		rows[0][i], right[i] = strings.CutPrefix(head, ">")
	}
	for _, row := range rows {
		for i := range row {
			row[i] = printable(row[i], false)
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			room := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if right[i] {
				cell = room + cell
			} else {
				cell += room
			}
			line.WriteString(cell + "  ")
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
