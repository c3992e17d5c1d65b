package poet

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"
)

var errQuota = errors.New("no room for the proof")

// round is one stretch of time.
type round struct {
	id    int
	cfg   Config
	proof [sha256.Size]byte
}

// execute hashes until the round's time is over.
func (r *round) execute(ctx context.Context) error {
	end := time.NewTimer(r.cfg.Duration)
	defer end.Stop()
	steps := time.NewTicker(20 * time.Millisecond)
	defer steps.Stop()
	size := 0
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			if size > r.cfg.Quota {
				return errQuota
			}
			return nil
		case <-steps.C:
			r.proof = sha256.Sum256(r.proof[:])
			size++
		}
	}
}
