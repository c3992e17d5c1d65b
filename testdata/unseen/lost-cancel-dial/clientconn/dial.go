// Package clientconn has connections that come back by themselves when they were lost.
package clientconn

import (
	"context"
	"errors"
	"time"
)

// Dialer makes one attempt to reach target.
type Dialer func(ctx context.Context, target string) error

// ErrUnavailable says that the target does not answer.
var ErrUnavailable = errors.New("target is unavailable")

// ClientConn is a connection to a target.
type ClientConn struct {
	target string
	dial   Dialer
	ctx    context.Context
	cancel context.CancelFunc
	ready  chan struct{}
	retry  chan struct{}
	ended  chan struct{}
}

// Dial connects in the background.
func Dial(target string, dial Dialer) *ClientConn {
	cc := &ClientConn{
		target: target,
		dial:   dial,
		ready:  make(chan struct{}),
		retry:  make(chan struct{}, 1),
		ended:  make(chan struct{}),
	}
	cc.ctx, cc.cancel = context.WithCancel(context.Background()) // cause
	go cc.maintain()                                             // leak:func
	return cc
}

// DialContext connects and waits for it as long as ctx allows.
func DialContext(ctx context.Context, target string, dial Dialer) (*ClientConn, error) {
	cc := Dial(target, dial)
	select {
	case <-cc.ready:
		return cc, nil
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, ErrUnavailable // cause
		}
		return nil, ctx.Err()
	}
}

// maintain connects, and again whenever somebody wants to.
func (cc *ClientConn) maintain() {
	defer close(cc.ended)
	up := false
	for {
		if err := cc.dial(cc.ctx, cc.target); err == nil && !up {
			up = true
			close(cc.ready)
		}
		select {
		case <-cc.ctx.Done():
			return
		case <-cc.retry:
		}
	}
}

// Connect has an idle connection try once more.
func (cc *ClientConn) Connect() {
	select {
	case cc.retry <- struct{}{}:
	default:
	}
}

// Invoke calls a method that takes work.
func (cc *ClientConn) Invoke(ctx context.Context, work time.Duration) error {
	timer := time.NewTimer(work)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-cc.ctx.Done():
		return ErrUnavailable
	case <-timer.C:
		return nil
	}
}

// Close ends the connection.
func (cc *ClientConn) Close() {
	cc.cancel()
	<-cc.ended
}
