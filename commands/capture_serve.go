package commands

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/admin"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/selfwatch"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/tap"
)

// The names in the state directory of a socket that is served without --listen,
// and of the file that says where a collector with that directory can be asked.
const (
	adminSocket  = "admin.sock"
	adminAddress = "admin.address"
)

// serve runs the collector, with the endpoint beside it: that of --listen, or
// else a socket in the state directory, which only logcap's own user can ask.
func (o *captureOptions) serve(ctx context.Context, c *capture.Collector, hub *tap.Hub, self *selfwatch.Watch, board *notice.Board, f *inForce) error {
	address := o.listen
	if address == "" && o.state != "" {
		address = "unix:" + filepath.Join(o.state, adminSocket)
	}
	if address == "" {
		return c.Run(ctx)
	}
	opt := admin.Options{Version: version(), Stats: c.Stats, Positions: c.Positions, Self: self.State, Tap: hub, TokenFile: o.adminToken}
	if f != nil {
		opt.Config = f.effective
		opt.Reload = func(ctx context.Context) (string, error) { return f.reload(context.WithoutCancel(ctx), c) } // begun is done
	}
	endpoint, err := admin.New(address, opt)
	if err != nil && o.listen == "" {
		board.Tell("endpoint", &notServed{err}) // nobody has asked for it
		return c.Run(ctx)
	}
	if err != nil {
		return usageOf(err)
	}
	if o.listen != "" {
		o.progressf("logcap: serving http on %s", endpoint.Address())
	}
	if o.state != "" {
		named := filepath.Join(o.state, adminAddress)
		if err := os.WriteFile(named, []byte(endpoint.Address()+"\n"), 0o600); err != nil {
			board.Tell("endpoint", &notServed{err})
		}
		defer os.Remove(named)
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- endpoint.Run(serving) }()
	err = c.Run(ctx)
	stop()
	return errors.Join(err, <-ended)
}

// notServed is a socket of the state directory that cannot be there.
type notServed struct{ error }

func (e *notServed) Unwrap() error { return e.error }
func (e *notServed) Hint() string {
	return "it collects all the same; logcap capture health can ask it when --listen says where"
}

// workOf is what explains that the collector holds more than at its start.
func workOf(s capture.Stats, taps int) selfwatch.Work {
	w := selfwatch.Work{Streams: taps} // each has a connection, and a goroutine that writes to it
	w.Ready, _ = s.Ready()
	for _, src := range s.Sources {
		if src.Kind == source.Docker { // a container has a connection and a goroutine of its own, when it is not read from files
			w.Streams += src.Active
		} else {
			w.Logs += src.Active
		}
	}
	for _, snk := range s.Sinks {
		w.Queued += snk.QueuedBytes
	}
	return w
}
