package sink_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/sink/sinktest"
)

func TestNullConforms(t *testing.T) {
	sinktest.Conform(t, func(*testing.T) sinktest.Destination { return sinktest.Destination{Sink: &sink.Null{}} })
}

func TestFileConforms(t *testing.T) {
	for _, options := range []string{"", "#sync=true&rotate=1GiB&compress=zstd&keep=1"} {
		t.Run(options, func(t *testing.T) {
			sinktest.Conform(t, func(t *testing.T) sinktest.Destination {
				path := filepath.Join(t.TempDir(), "x.log")
				return sinktest.Destination{Sink: intoUnclosed(t, path+options, nil), Got: func(t *testing.T) []sinktest.Line {
					text, err := os.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					return standing(t, text)
				}}
			})
		})
	}
}

// standing are the records in lines that stand alone.
func standing(t *testing.T, text []byte) (got []sinktest.Line) {
	t.Helper()
	if err := sinktest.DecodeLines(text, func(l sinktest.Line) error {
		got = append(got, l)
		return nil
	}); err != nil {
		t.Error(err)
	}
	return got
}

func TestStdoutConforms(t *testing.T) {
	sinktest.Conform(t, func(t *testing.T) sinktest.Destination {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var text []byte
		hold := make(chan struct{}, 1)
		done := make(chan struct{})
		go func() {
			defer close(done)
			buf := make([]byte, 64<<10)
			for {
				n, err := r.Read(buf)
				mu.Lock()
				text = append(text, buf[:n]...)
				mu.Unlock()
				if err != nil {
					return
				}
				hold <- struct{}{}
				<-hold
			}
		}()
		t.Cleanup(func() {
			w.Close()
			<-done
			r.Close()
		})
		return sinktest.Destination{Sink: sink.NewStdout(sink.StdoutOptions{W: w}),
			Got: func(t *testing.T) []sinktest.Line {
				settle(&mu, &text)
				mu.Lock()
				defer mu.Unlock()
				return standing(t, text)
			},
			Block: func() func() {
				hold <- struct{}{}
				return func() { <-hold }
			}}
	})
}

// settle waits until no more comes.
func settle(mu *sync.Mutex, text *[]byte) {
	last := -1
	for {
		mu.Lock()
		n := len(*text)
		mu.Unlock()
		if n == last {
			return
		}
		last = n
		time.Sleep(50 * time.Millisecond)
	}
}

func TestHTTPConforms(t *testing.T) {
	for _, compress := range []string{"zstd", "none"} {
		t.Run(compress, func(t *testing.T) {
			sinktest.Conform(t, func(t *testing.T) sinktest.Destination {
				var mu sync.Mutex
				var got []sinktest.Line
				blocked := make(chan struct{}, 1)
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if len(blocked) > 0 {
						_, _ = io.Copy(io.Discard, r.Body) // only then the server sees that the client has gone
						<-r.Context().Done()
						return
					}
					text, err := sinktest.Unpack(r.Body, r.Header.Get("Content-Encoding"))
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						err = sinktest.DecodeBody(text, func(l sinktest.Line) error {
							got = append(got, l)
							return nil
						})
					}
					if err != nil {
						http.Error(w, err.Error(), http.StatusBadRequest)
					}
				}))
				t.Cleanup(server.Close)
				o, err := sink.ParseHTTP(server.URL + "#compress=" + compress)
				if err != nil {
					t.Fatal(err)
				}
				h, err := sink.NewHTTP(o)
				if err != nil {
					t.Fatal(err)
				}
				return sinktest.Destination{Sink: h,
					Got: func(t *testing.T) []sinktest.Line {
						mu.Lock()
						defer mu.Unlock()
						return got
					},
					Block: func() func() {
						blocked <- struct{}{}
						return func() { <-blocked }
					}}
			})
		})
	}
}
