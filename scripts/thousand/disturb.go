package main

import (
	"fmt"
	"os"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

// sample is one look at the collector.
type sample struct {
	at         time.Duration
	goroutines int
	usage      faults.Usage
	own        time.Duration // CPU of this program: the engine and the containers
	doubles    float64       // lines read again after a cut and recognised
}

// watcher looks at the collector.
type watcher struct {
	c       *faults.Collector
	metrics *faults.Metrics
	samples []sample
}

// Names of metrics.
const (
	activeOrigins = `logcap_source_active_origins{source="docker"}`
	sourceRecords = `logcap_source_records_total{source="docker"}`
	sourceDoubles = `logcap_source_duplicates_total{source="docker"}`
)

// settle waits until all containers are followed, and says how long that took.
func (w *watcher) settle(containers int, most time.Duration) (time.Duration, error) {
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		v, err := w.metrics.Ask()
		if err != nil {
			return 0, err
		}
		active, err := v.Value(activeOrigins)
		if err != nil {
			return 0, err
		}
		took := time.Since(began)
		if int(active) >= containers {
			return took, nil
		}
		if took > most {
			return 0, fmt.Errorf("after %v logcap follows %.0f of %d containers", most, active, containers)
		}
	}
}

// drain waits until logcap has read what was written, or nothing has come for a while: it is to have been lost then.
func (w *watcher) drain(lines uint64) (time.Duration, error) {
	began, last := time.Now(), time.Now()
	for before := 0.0; time.Since(last) < 20*time.Second; time.Sleep(100 * time.Millisecond) {
		v, err := w.metrics.Ask()
		if err != nil {
			return 0, err
		}
		read, err := v.Value(sourceRecords)
		if err != nil {
			return 0, err
		}
		if read != before {
			before, last = read, time.Now()
		}
		if read >= float64(lines) && time.Since(last) > 2*time.Second {
			break
		}
	}
	return last.Sub(began), nil
}

// look takes a sample.
func (w *watcher) look(at time.Duration) error {
	v, err := w.metrics.Ask()
	if err != nil {
		return err
	}
	s := sample{at: at}
	goroutines, err := v.Value("go_goroutines")
	if err != nil {
		return err
	}
	s.goroutines = int(goroutines)
	if s.doubles, err = v.Value(sourceDoubles); err != nil {
		return err
	}
	if s.usage, err = faults.UsageOf(w.c.PID()); err != nil {
		return err
	}
	own, err := faults.UsageOf(os.Getpid())
	s.own = own.CPU
	w.samples = append(w.samples, s)
	return err
}

// disturb cuts, churns, restarts and stalls for the duration, and looks at the collector each second. The
// engine goes away in the middle third, so that the first and the last are alike.
func disturb(o *options, f *fleet, w *watcher) error {
	const step = 100 * time.Millisecond
	began := time.Now()
	tick := time.NewTicker(step)
	defer tick.Stop()
	var cuts, churns float64
	next, restarts, stalled := time.Duration(0), 0, false
	for {
		now := time.Since(began)
		if now >= o.duration {
			return w.look(now)
		}
		if now >= next {
			if err := w.look(now); err != nil {
				return err
			}
			next = max(next+time.Second, now)
		}
		if o.cut > 0 {
			cuts += float64(o.containers+1) * step.Seconds() / o.cut.Seconds() // and the events
			f.engine.Cut(int(cuts))
			cuts -= float64(int(cuts))
		}
		for churns += o.churn * step.Seconds(); churns >= 1; churns-- {
			f.churn()
		}
		if !stalled && now > o.duration/10 && o.duration >= 150*time.Second {
			f.engine.Stall(o.stalls)
			stalled = true
		}
		if o.restarts && restarts < 2 && now > o.duration*time.Duration(4+2*restarts)/10 {
			if err := f.restart(time.Second, restarts == 0); err != nil {
				return err
			}
			restarts++
		}
		<-tick.C
	}
}
