package sink

import (
	"context"
	"net/http"
	"time"

	"github.com/logcap/logcap/capture/record"
)

// bodyBytes is what a request holds, in bytes of messages. Half of it costs
// zstd 3 % more time and a quarter 10 %; twice as much gains 1 % and costs memory.
const bodyBytes = 1 << 20

// HTTP posts records as JSON lines, one request at a time over a connection that is kept.
//
// Every 2xx answer acknowledges the whole body. Redirects are not followed: a
// body sent to another host than the one in the configuration would be a
// surprise, and one sent to a moved path would cost each batch twice.
type HTTP struct {
	*poster
	body *body
}

// NewHTTP makes the sink; nothing is connected before the first Write. An
// error tells of a file that cannot be read or of an address that ParseHTTP would refuse.
func NewHTTP(o HTTPOptions) (*HTTP, error) {
	if _, err := ParseHTTP(o.URL); err != nil {
		return nil, err
	}
	p, err := newPoster(o)
	if err != nil {
		return nil, err
	}
	b, err := newBody(o.Compress)
	if err != nil {
		return nil, err
	}
	return &HTTP{p, b}, nil
}

// Write posts the batches in one request.
func (h *HTTP) Write(ctx context.Context, batches []*record.Batch) error {
	packed, key, err := h.body.pack(batches)
	if err != nil || len(packed) == 0 {
		return err
	}
	return during("post to "+h.shown, h.send(ctx, packed, func(to http.Header) {
		to.Set("Content-Type", "application/x-ndjson")
		// The name also lets net/http send again at once over a new connection when a kept one was closed under it.
		to.Set("Idempotency-Key", key)
		if e := h.body.encoding; e != "" {
			to.Set("Content-Encoding", e)
		}
	}, judge))
}

// Replaced is how many records had bytes that are not UTF-8, which became U+FFFD; from any goroutine.
func (h *HTTP) Replaced() uint64 { return h.body.encoder.Replaced() }

// Limits are 1 MiB of messages, waited for up to a second.
func (h *HTTP) Limits() Limits { return Limits{Bytes: bodyBytes, Linger: time.Second} }
