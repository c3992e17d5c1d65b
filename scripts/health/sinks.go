package main

import (
	"fmt"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

// retried is the longest time until a sink that has failed is tried back: 30 s, and up to three tenths more, so that not all come at once.
const retried = 39 * time.Second

// sinkFaults are destinations that do not take what they are sent.
func sinkFaults() []fault {
	return []fault{
		{name: "a destination refuses connections", subject: "sink http", soon: time.Second, back: retried, quick: true, run: receiverThat(faults.Down)},
		{name: "a destination answers 500", subject: "sink http", soon: time.Second, back: retried, run: receiverThat(faults.Error)},
		{name: "a destination cuts every connection", subject: "sink http", soon: time.Second, back: retried, run: receiverThat(faults.Reset)},
		{name: "a destination takes requests and does not answer", subject: "sink http answer", soon: 8 * time.Second, back: retried, run: receiverThat(faults.Late)},
		{name: "a full queue on disk holds up reading", subject: "sink http queue", soon: 7 * time.Second, back: retried,
			run: fullQueue("--queue", "disk", "--queue-size", "1MiB")},
		{name: "a full queue in memory holds up reading", subject: "sink http queue", soon: 7 * time.Second, back: retried,
			run: fullQueue("--queue-size", "1MiB")},
	}
}

// receive starts a destination, and a collector that has delivered something to it.
func (t *trial) receive(args ...string) (*faults.Receiver, error) {
	r, err := faults.NewReceiver(faults.NewJudge())
	if err != nil {
		return nil, err
	}
	t.atEnd(r.Close)
	if err := t.lines(1); err != nil {
		return nil, err
	}
	if err := t.start(append([]string{"app.log", "--from-start", "--to", "http=" + r.URL()}, args...)...); err != nil {
		return nil, err
	}
	return r, t.delivered()
}

// delivered waits until the sink has taken all lines.
func (t *trial) delivered() error {
	_, err := t.until(fmt.Sprintf("%d lines are delivered", t.log.Lines()), starts, func(a *answer) bool {
		return len(a.Sinks) == 1 && a.Sinks[0].Delivered == t.log.Lines()
	})
	return err
}

// receiverThat fails in one way while a line comes. Afterwards that line has to be delivered.
func receiverThat(fails faults.Fault) func(*trial) error {
	return func(t *trial) error {
		r, err := t.receive()
		if err != nil {
			return err
		}
		if err := t.measure(
			func() error {
				if err := r.Fail(fails); err != nil {
					return err
				}
				return t.lines(1)
			},
			func() error { return r.Fail(faults.Well) },
		); err != nil {
			return err
		}
		return t.delivered()
	}
}

// fullQueue has more come than a queue of 1 MiB holds, for a destination that is away.
func fullQueue(args ...string) func(*trial) error {
	return func(t *trial) error {
		r, err := t.receive(args...)
		if err != nil {
			return err
		}
		if err := t.measure(
			func() error {
				if err := r.Fail(faults.Down); err != nil {
					return err
				}
				return t.lines(50_000)
			},
			func() error { return r.Fail(faults.Well) },
		); err != nil {
			return err
		}
		return t.delivered()
	}
}
