package commands

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interruptible gives a context that the first Ctrl-C or SIGTERM ends, so that
// what was seen is judged. From then on signals do again what they do to any
// process: a second one ends it at once, as shells expect with 130.
func interruptible(parent context.Context) (ctx context.Context, release func()) {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	restored := context.AfterFunc(ctx, stop)
	return ctx, func() {
		restored()
		stop()
	}
}

// interrupted is err, or what a signal makes of it.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errInterrupted
	}
	return err
}
