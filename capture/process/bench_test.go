package process

import (
	"fmt"
	"testing"

	"github.com/logcap/logcap/capture/record"
)

// BenchmarkStages is what a line costs in each stage, in ns, beside walking over the records without one.
// Batches are of 1,000 lines and come from a pool, as from a source; filling them is not counted.
func BenchmarkStages(b *testing.B) {
	plain := func(i int) string {
		return fmt.Sprintf("2026-11-24T08:00:00.%09dZ INFO  [http-nio-8080-exec-%d] c.e.shop.Orders - order %d placed by user %d in %d ms, 3 items, total 99.50 EUR, %s", i, i%16, i, i*7, i%90, "no Error")
	}
	object := func(i int) string {
		return fmt.Sprintf(`{"time":"2026-11-24T08:00:00.%09dZ","level":"info","msg":"order placed","order":%d,"path":"/api/v1/orders/%d","status":200,"ms":12.5}`, i, i, i)
	}
	traces := func(i int) string {
		return [...]string{"2026-11-24 ERROR x", "java.lang.Exception: order", "\tat com.example.shop.Orders.place(Orders.java:41)", "\tat com.example.shop.Api.post(Api.java:17)", "\t... 47 more"}[i%5]
	}
	all := MultilineOptions{Names: Languages()}
	for _, bm := range []struct {
		name  string
		line  func(int) string
		stage Stage
	}{
		{"none", plain, nothing{}},
		{"java,plain", plain, made(b, MultilineOptions{Names: []string{"java"}})},
		{"python,plain", plain, made(b, MultilineOptions{Names: []string{"python"}})},
		{"go,plain", plain, made(b, MultilineOptions{Names: []string{"go"}})},
		{"ruby,plain", plain, made(b, MultilineOptions{Names: []string{"ruby"}})},
		{"all,plain", plain, made(b, all)},
		{"all,json lines", object, made(b, all)},
		{"java,traces", traces, made(b, MultilineOptions{Names: []string{"java"}})},
		{"start by bytes,plain", plain, made(b, MultilineOptions{Start: `^\d{4}-\d{2}-\d{2}`})},
		{"start by expression,plain", plain, made(b, MultilineOptions{Start: `^\d{4}-\d{2}-\d{2}.*INFO`})},
		{"json,plain", plain, NewJSON(nil)},
		{"json,json lines", object, NewJSON(nil)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			var lines []string
			for i := range 1000 {
				lines = append(lines, bm.line(i))
			}
			from := batch(lines...)
			var pool record.Pool
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				to := pool.Get(from.Origin, len(from.Buf))
				to.Buf = append(to.Buf, from.Buf...)
				to.Records = append(to.Records, from.Records...)
				b.StartTimer()
				bm.stage.Process(to, 1).Release()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(lines)), "ns/line")
		})
	}
}

// nothing is a stage that looks at each record and leaves it.
type nothing struct{}

func (nothing) Process(b *record.Batch, _ int64) *record.Batch {
	n := 0
	for i := range b.Records {
		n += b.Records[i].Message.Len()
	}
	if n < 0 {
		b.Records = nil
	}
	return b
}

func (nothing) Flush(int64) *record.Batch { return nil }

func (nothing) Stats() Stats { return Stats{} }
