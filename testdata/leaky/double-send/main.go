// Command double-send verifies uploads. A bad checksum is reported, and then, for want of a return, the verdict is sent as well;
// the caller receives once.
package main

import (
	"context"
	"fmt"
	"hash/crc32"
	"sync"

	"logcap.test/programs/leaky/double-send/intake"
	"logcap.test/programs/leaky/double-send/upload"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	d := &intake.Desk{}
	accept := service.Pick(s.Style, d.AcceptInline, d.AcceptMethod, d.AcceptGroup)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		requests.Go(func() { accept(receive(r)) })
	})
}

// receive makes the upload of a request; some arrive damaged.
func receive(r service.Request) *upload.Upload {
	body := fmt.Appendf(nil, "file %d", r.ID)
	sum := crc32.ChecksumIEEE(body)
	if r.Leaks {
		body = body[1:]
	}
	return upload.New(body, sum, r.Work)
}
