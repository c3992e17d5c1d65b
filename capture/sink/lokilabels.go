package sink

import (
	"fmt"
	"time"
)

// What Loki allows of a label, in bytes; its limits of names are 1024.
const (
	mostName  = 256
	mostValue = 2048
)

// otherValue is the value of a label whose own is one too many.
const otherValue = "other"

// How long a value is not seen before another may have its place, and how often is looked for such.
const (
	idleValue  = time.Hour
	sweepEvery = time.Minute
)

// budget bounds how many values each label has. Every combination of values
// is a stream, and streams are what Loki is slow by and limits: 5,000 a tenant.
type budget struct {
	most  int
	names map[string]*labelValues
	tell  func(error)
}

type labelValues struct {
	seen  map[string]*labelUse
	swept time.Time // when it was last looked for values that are idle
	told  time.Time
}

// labelUse is when a value was last needed; once it is gone, another has its place.
type labelUse struct {
	last time.Time
	gone bool
}

// take says whether the label may have the value; nil when it is one too many or too long.
func (b *budget) take(name string, value []byte, now time.Time) *labelUse {
	l := b.names[name]
	if l == nil {
		l = &labelValues{seen: map[string]*labelUse{}}
		b.names[name] = l
	}
	if use := l.seen[string(value)]; use != nil {
		use.last = now
		return use
	}
	if len(value) > mostValue {
		b.explodes(l, now, fmt.Errorf("label %s has a value of %d bytes: it is folded into %q", name, len(value), otherValue))
		return nil
	}
	if len(l.seen) >= b.most && now.Sub(l.swept) >= sweepEvery {
		l.swept = now
		for v, use := range l.seen {
			if now.Sub(use.last) >= idleValue {
				use.gone = true
				delete(l.seen, v)
			}
		}
	}
	if len(l.seen) >= b.most {
		b.explodes(l, now, fmt.Errorf("label %s has more than %d values: more are folded into %q", name, b.most, otherValue))
		return nil
	}
	use := &labelUse{last: now}
	l.seen[string(value)] = use
	return use
}

func (b *budget) explodes(l *labelValues, now time.Time, err error) {
	if b.tell == nil || !l.told.IsZero() && now.Sub(l.told) < idleValue {
		return
	}
	l.told = now
	b.tell(&answerError{err, "the value itself is in the structured metadata, as NAME_folded; write #label-values=N to allow more"})
}
