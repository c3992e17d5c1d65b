package growth

import "testing"

// The naive figure is all pairs of the samples themselves.
func BenchmarkFit(b *testing.B) {
	for _, c := range []struct {
		name    string
		seconds float64
	}{{"120", 59.5}, {"1000", 499.5}, {"10000", 4999.5}} {
		noise := uniform(1, 10)
		points := every(0.5, c.seconds, func(t float64) float64 { return 100 + t/2 + noise() })
		b.Run("samples="+c.name+"/fit", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Fit(points, DefaultThresholds())
			}
		})
		b.Run("samples="+c.name+"/quick", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Quick(points)
			}
		})
		if len(points) <= 1000 {
			b.Run("samples="+c.name+"/all-pairs", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					TheilSen(points)
				}
			})
		}
	}
}

func BenchmarkCohorts(b *testing.B) {
	dumps := make([]Seen, 700)
	for i := range dumps {
		dumps[i].T = float64(i)
		for id := range 5000 {
			if id%7 != 0 || id >= i*7 {
				dumps[i].IDs = append(dumps[i].IDs, uint64(id))
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		Cohorts(dumps, 700)
	}
}
