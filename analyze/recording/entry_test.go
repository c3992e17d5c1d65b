package recording

import "testing"

// An offset leads out of the years that JSON can say: such a line would fail the whole report.
func TestTimesThatCannotBePrinted(t *testing.T) {
	for _, test := range []struct {
		time string
		ok   bool
	}{
		{"2026-01-02T03:04:05.000000006Z", true},
		{"2026-01-02T03:04:05+01:00", true},
		{"9999-12-31T23:59:59Z", true},
		{"9999-12-31T23:59:59-23:59", false},
		{"0000-01-01T00:00:00+23:59", false},
		{"yesterday", false},
	} {
		e, err := line{Seq: 1, Kind: Goroutine, Time: test.time, Took: "1ms"}.entry()
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", test.time, err)
		}
		if err != nil {
			continue
		}
		if _, err := e.Time.MarshalJSON(); err != nil {
			t.Errorf("%s: %v", test.time, err)
		}
	}
}
