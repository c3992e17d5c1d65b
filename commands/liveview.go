package commands

import (
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/logcap/logcap/analyze/scrape"
	"github.com/logcap/logcap/analyze/watch"
	"github.com/logcap/logcap/commands/live"
)

// liveView is the view on a terminal.
type liveView struct {
	*streams
	screen  *live.View
	signals chan os.Signal
	waiting sync.WaitGroup
}

// newLiveView takes the terminal. end does what the first Ctrl-C does to a watch without a screen.
func (o *leakWatchOptions) newLiveView(targets []scrape.Address, dir string, end func()) view {
	names := make([]string, len(targets))
	for i, t := range targets {
		names[i] = t.Name
	}
	v := &liveView{streams: o.streams, signals: make(chan os.Signal, 2)}
	v.screen = live.Start(live.Options{
		Targets: names, Interval: o.interval, Duration: o.duration, Samples: o.samples, Recording: dir,
		In: o.in, Out: o.err, Color: o.colored(o.err),
		End: end,
		Quit: func() {
			o.progressf("recorded in %s; the report of it: logcap report %s -o md", dir, dir)
			printError(o.err, errInterrupted)
			os.Exit(exitInterrupted)
		},
	})
	// A terminal in raw mode sends no signals; these are from elsewhere. While
	// the screen stands they may not kill the process: it would leave the
	// terminal as no shell can use it.
	signal.Notify(v.signals, os.Interrupt, syscall.SIGTERM)
	v.waiting.Go(func() {
		for range v.signals {
			v.screen.Interrupt()
		}
	})
	return v
}

func (v *liveView) update(p watch.Progress) { v.screen.Update(p) }

func (v *liveView) close() {
	if err := v.screen.Close(); err != nil {
		v.progressf("the live view failed: %v", err)
	}
	signal.Stop(v.signals)
	close(v.signals)
	v.waiting.Wait()
}
