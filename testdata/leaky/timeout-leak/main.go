// Command timeout-leak answers price requests with a time limit. When the pricing takes longer, nobody receives the price any more.
package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"logcap.test/programs/leaky/timeout-leak/pricing"
	"logcap.test/programs/leaky/timeout-leak/quote"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

// limit is how long a caller waits.
const limit = 300 * time.Millisecond

// shop is the front end.
type shop struct {
	quote func(context.Context, pricing.Pricer, int) (quote.Price, error)
}

func run(ctx context.Context, s *service.Service) error {
	desk := quote.NewDesk(limit)
	return s.LoadHTTP(ctx, &shop{quote: service.Pick(s.Style, desk.Spot, desk.Firm, desk.Indicative)})
}

func (sh *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	load := service.FromHTTP(r)
	var p pricing.Pricer = pricing.Catalogue{Latency: load.Work / 10}
	if load.Leaks {
		p = pricing.Bundle{Parts: 6, Each: limit / 3}
	}
	price, err := sh.quote(r.Context(), p, load.ID)
	if err != nil {
		http.Error(w, err.Error(), http.StatusGatewayTimeout)
		return
	}
	fmt.Fprintln(w, price)
}
