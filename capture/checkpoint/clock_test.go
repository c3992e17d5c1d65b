package checkpoint_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logcap/logcap/capture/checkpoint"
)

// The interval is a ticker's, which does not jump with the clock. What the
// clock reaches are the times of the files, when they were written under another
// one: saving goes on each second, and the last checkpoint is the last written one.
func TestClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{-30 * 365 * 24 * time.Hour, -time.Hour, time.Hour, 30 * 365 * 24 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				store := checkpoint.NewStore(dir)
				var value atomic.Int64
				s := &checkpoint.Saver{Store: store, State: func() (checkpoint.Sections, bool) {
					return sections(fmt.Sprint(value.Add(1))), true
				}}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- s.Run(ctx) }()
				time.Sleep(2500 * time.Millisecond)
				for i := range 5 {
					for k, name := range []string{"checkpoint.json", "checkpoint.previous.json"} {
						at := time.Now().Add(jump * time.Duration((i+k)%2)) // each of them is the later one in turn
						if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
							t.Fatal(err)
						}
					}
					want := fmt.Sprintf(`{"offset":%d}`, value.Load())
					l, err := store.Load(time.Now().Add(jump))
					if err != nil || len(l.Corrupt) > 0 {
						t.Fatalf("load: %v, set aside %v", err, l.Corrupt)
					}
					if got := string(l.Sections["file"]["file:/var/log/x"]); got != want {
						t.Errorf("loaded %s, saved last %s", got, want)
					}
					was, before := value.Load(), s.Last()
					time.Sleep(time.Second)
					if n := value.Load() - was; n != 1 || s.Last().Sub(before) != time.Second {
						t.Errorf("saved %d times in a second, the last two %v apart", n, s.Last().Sub(before))
					}
				}
				cancel()
				if err := <-ended; err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}
