package analyze

import (
	"encoding/json"
	"math"
)

// An interval can be open (four samples bound nothing) and a limit can lie
// behind an open end. JSON has no infinity, so an open end is null there.

// MarshalJSON writes null for an end that is not bounded.
func (r Rate) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Value *float64 `json:"value"`
		Low   *float64 `json:"low"`
		High  *float64 `json:"high"`
	}{finite(r.Value), finite(r.Low), finite(r.High)})
}

// MarshalJSON writes null for an end that is not bounded.
func (p Projection) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Seconds float64  `json:"after_seconds"`
		Value   *float64 `json:"goroutines"`
		Low     *float64 `json:"low"`
		High    *float64 `json:"high"`
	}{p.Seconds, finite(p.Value), finite(p.Low), finite(p.High)})
}

// MarshalJSON writes null for a time at which the limit is never reached.
func (l Limit) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name    string   `json:"name"`
		Value   *float64 `json:"value"`
		Basis   Basis    `json:"kind"`
		Seconds *float64 `json:"reached_after_seconds"`
		Low     *float64 `json:"low_seconds"`
		High    *float64 `json:"high_seconds"`
	}{l.Name, finite(l.Value), l.Basis, finite(l.Seconds), finite(l.Low), finite(l.High)})
}

// MarshalJSON writes null for a p-value that could not be computed.
func (n Numbers) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Samples   int      `json:"samples"`
		Seconds   float64  `json:"seconds"`
		Warmup    float64  `json:"warmup_seconds"`
		P         *float64 `json:"p"`
		PAdjusted *float64 `json:"p_adjusted"`
		Late      Rate     `json:"late_rate"`
		Ratchet   bool     `json:"ratchet"`
		Plateau   bool     `json:"plateau"`
	}{n.Samples, n.Seconds, n.Warmup, finite(n.P), finite(n.PAdjusted), n.Late, n.Ratchet, n.Plateau})
}

func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
