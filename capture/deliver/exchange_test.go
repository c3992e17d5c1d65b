package deliver_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// A sink may be replaced, or its time be over, before its Run has begun: a second reload may come at once.
func TestReplaceBeforeRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &dest{}
		d := deliver.New(deliver.Config{Name: "x", Sink: &dest{}})
		replaced := make(chan error, 1)
		go func() {
			give := func() (sink.Sink, error) { return to, nil }
			replaced <- d.Replace(t.Context(), deliver.Config{Name: "x"}, give, give)
		}()
		synctest.Wait()
		ended := make(chan error, 1)
		go func() { ended <- d.Run(t.Context()) }()
		synctest.Wait()
		select {
		case err := <-replaced:
			if err != nil {
				t.Fatal(err)
			}
		default:
			t.Error("the sink is not replaced")
		}
		put(t, d, batch(&record.Pool{}, "1"))
		d.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := to.texts(); len(got) != 1 {
			t.Errorf("the new one got %q", got)
		}
	})
}

// The time of a removed sink is over although a replacement before it was given up, because the sink did not end its Write.
func TestExpiryAfterReplacementThatWasGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		deaf := &dest{answer: func(int, []*record.Batch) error {
			<-release
			return &sink.Unavailable{Err: context.DeadlineExceeded}
		}}
		d, _ := running(t, deliver.Config{Name: "x", Sink: deaf})
		put(t, d, batch(&record.Pool{}, "1", "2"))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		give := func() (sink.Sink, error) { return &dest{}, nil }
		if err := d.Replace(ctx, deliver.Config{Name: "x"}, give, give); err == nil {
			t.Fatal("a sink that is being written to was replaced")
		}
		d.Retire(time.Second)
		time.Sleep(2 * time.Second)
		close(release)
		time.Sleep(time.Minute)
		select {
		case <-d.Ended():
		default:
			t.Error("it goes on for a minute after its time")
		}
		s := d.Stats()
		balanced(t, s)
		if s.Dropped[deliver.ReasonSinkRemoved] != 2 {
			t.Errorf("stats %+v", s)
		}
	})
}
