package sink

import "time"

// stampBytes is the length of every time that a stamp writes.
const stampBytes = len("2006-01-02T15:04:05.123456789Z")

// stamp writes Unix times in ns as RFC 3339 in UTC with nine digits of a
// second. Neighbouring records mostly have the same time, or the same second:
// what is the same is not made again. Its zero value is ready.
type stamp struct {
	ns    int64
	sec   int64
	valid bool
	text  [stampBytes]byte
}

// append writes ns to dst. Every int64 is a time between 1677 and 2262.
func (s *stamp) append(dst []byte, ns int64) []byte {
	if !s.valid || ns != s.ns {
		s.set(ns)
	}
	return append(dst, s.text[:]...)
}

func (s *stamp) set(ns int64) {
	sec, frac := ns/1e9, ns%1e9
	if frac < 0 { // before 1970
		sec, frac = sec-1, frac+1e9
	}
	if !s.valid || sec != s.sec {
		time.Unix(sec, 0).UTC().AppendFormat(s.text[:0], "2006-01-02T15:04:05.000000000Z")
		s.sec = sec
	}
	for i := stampBytes - 2; i > stampBytes-11; i-- {
		s.text[i] = byte('0' + frac%10)
		frac /= 10
	}
	s.ns, s.valid = ns, true
}
