package sink

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/logcap/logcap/capture/record"
)

// Loki pushes records to Loki, or to what takes its pushes, as Snappy-compressed
// protobuf. A stream is the records of one origin with the same labels, in their order;
// docs/loki.md says what becomes a label and what structured metadata.
type Loki struct {
	*poster
	opts       LokiOptions
	fields     []field
	fieldNames []string
	budget     budget
	origins    map[*record.Origin]*lokiOrigin
	streams    map[string]*lokiStream
	strings    map[string]string // names of metadata
	floor      floor
	wide       *Rejected
	encoder    Encoder // of whole records
	total      struct{ folded, large, replaced atomic.Uint64 }

	// Of one Write.
	push                                push
	now                                 time.Time
	earliest                            int64
	refused                             *Rejected // a record of it is known to be refused
	counts                              struct{ folded, large, replaced uint64 }
	used, folded                        []int // fields of this record that are labels, and those whose value is one too many
	names                               []string
	key, text, meta, name, value, clean []byte
}

// NewLoki makes the sink; nothing is connected before the first Write. An error
// tells of a file that cannot be read, or of options that ParseLoki would refuse.
func NewLoki(o LokiOptions) (*Loki, error) {
	named := "loki=" + withoutSecrets(o.HTTP.URL)
	if _, err := checkAddress("loki", "http://localhost:3100", o.HTTP.URL, ""); err != nil {
		return nil, err
	}
	if err := o.check(named); err != nil {
		return nil, err
	}
	p, err := newPoster(o.HTTP)
	if err != nil {
		return nil, err
	}
	l := &Loki{poster: p, opts: o, budget: budget{most: o.values(), names: map[string]*labelValues{}, tell: o.Tell},
		origins: map[*record.Origin]*lokiOrigin{}, streams: map[string]*lokiStream{}, strings: map[string]string{}}
	l.wide = &Rejected{Reason: "invalid", Err: fmt.Errorf("push to %s: times of one stream are more than %v apart", l.shown, mostSpan)}
	for _, name := range o.Labels {
		f := fieldOf(name)
		l.fields = append(l.fields, f)
		l.fieldNames = append(l.fieldNames, f.name)
	}
	return l, nil
}

// Write pushes the batches in one request. Records that Loki has just said it
// refuses are not sent again: what holds any is refused whole, to be divided. So are times far apart.
func (l *Loki) Write(ctx context.Context, batches []*record.Batch) error {
	l.now, l.earliest, l.refused = l.poster.opts.Now(), math.MaxInt64, nil
	l.counts.folded, l.counts.large, l.counts.replaced = 0, 0, 0
	l.push.begin()
	records := 0
	for _, b := range batches {
		records += len(b.Records)
		l.encode(b)
	}
	if records == 0 {
		return nil
	}
	var err error
	if r := l.refused; r != nil {
		again := *r // whoever gets it may add to its text
		err = &again
	} else {
		err = during("push to "+l.shown, l.send(ctx, l.push.pack(), l.header, l.judge))
	}
	switch _, refused := err.(*Rejected); {
	case err == nil:
		l.total.folded.Add(l.counts.folded)
		l.total.large.Add(l.counts.large)
		l.total.replaced.Add(l.counts.replaced)
		l.push.taken()
	case refused && records == 1: // it is given up, and those behind it have their times
		l.push.taken()
	}
	return err
}

func (l *Loki) header(to http.Header) {
	to.Set("Content-Type", "application/x-protobuf")
	if l.opts.Tenant != "" {
		to.Set("X-Scope-OrgID", l.opts.Tenant)
	}
}

// Counts is what was done to records that were delivered: "folded-labels", a label had one value too
// many; "large-metadata", the line became the whole record because its fields were more than Loki takes;
// "invalid-utf8", bytes became U+FFFD. From any goroutine.
func (l *Loki) Counts() map[string]uint64 {
	return map[string]uint64{"folded-labels": l.total.folded.Load(), "large-metadata": l.total.large.Load(),
		"invalid-utf8": l.total.replaced.Load() + l.encoder.Replaced()}
}

// Limits are 1 MiB of messages, waited for up to a second.
func (l *Loki) Limits() Limits { return Limits{Bytes: bodyBytes, Linger: time.Second} }
