package sink_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/sink/sinktest"
)

func TestLokiConforms(t *testing.T) {
	for _, line := range []string{"message", "json"} {
		t.Run(line, func(t *testing.T) {
			sinktest.Conform(t, func(t *testing.T) sinktest.Destination {
				var mu sync.Mutex
				var got []sinktest.Entry
				blocked := make(chan struct{}, 1)
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, err := io.ReadAll(r.Body)
					if len(blocked) > 0 {
						<-r.Context().Done()
						return
					}
					entries, err2 := sinktest.DecodePush(body)
					mu.Lock()
					defer mu.Unlock()
					got = append(got, entries...)
					if err != nil || err2 != nil {
						t.Error(err, err2)
						w.WriteHeader(http.StatusBadRequest)
					}
				}))
				t.Cleanup(server.Close)
				d := sinktest.Destination{Sink: dividing{pushTo(t, server.URL+"#line="+line)},
					Apart: func(l sinktest.Line) string { return l.Origin.Name + l.Stream },
					Block: func() func() {
						blocked <- struct{}{}
						return func() { <-blocked }
					},
					Got: func(t *testing.T) (all []sinktest.Line) {
						mu.Lock()
						defer mu.Unlock()
						for _, e := range got {
							if line == "json" {
								all = append(all, standing(t, []byte(e.Line+"\n"))...)
							} else {
								all = append(all, lineOf(t, e))
							}
						}
						return all
					}}
				if line == "message" {
					d.As = asLoki
				}
				return d
			})
		})
	}
}

// dividing writes as package deliver does: what is refused comes again in halves.
type dividing struct{ *sink.Loki }

func (d dividing) Write(ctx context.Context, batches []*record.Batch) error {
	err := d.Loki.Write(ctx, batches)
	var refused *sink.Rejected
	if !errors.As(err, &refused) {
		return err
	}
	if n := len(batches); n > 1 {
		if err := d.Write(ctx, batches[:n/2]); err != nil {
			return err
		}
		return d.Write(ctx, batches[n/2:])
	}
	b := batches[0]
	n := len(b.Records)
	if n == 1 {
		return err
	}
	for _, part := range [][]record.Record{b.Records[:n/2], b.Records[n/2:]} {
		if err := d.Write(ctx, []*record.Batch{{Origin: b.Origin, Buf: b.Buf, Records: part, Fields: b.Fields}}); err != nil {
			return err
		}
	}
	return nil
}

// pushTo makes a sink for spec that closes with the test at the latest.
func pushTo(t *testing.T, spec string) *sink.Loki {
	t.Helper()
	o, err := sink.ParseLoki(spec)
	if err != nil {
		t.Fatal(err)
	}
	o.HTTP.Now = func() time.Time { return time.Unix(0, at(0)) }
	l, err := sink.NewLoki(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// lineOf is an entry as the record that it was made of, with what asLoki leaves.
func lineOf(t *testing.T, e sinktest.Entry) sinktest.Line {
	l := sinktest.Line{Origin: sinktest.Origin{Source: e.Labels["source"], Name: e.Labels["name"]}, Stream: e.Labels["stream"], Message: e.Line}
	if k := e.Labels["k"]; k != "" {
		l.Origin.Attributes = map[string]string{"k": k}
	}
	for name, value := range e.Metadata {
		switch name {
		case "id":
			l.Origin.ID = value
		case "partial":
			l.Partial = value == "true"
		case "cut":
			l.Cut = value == "true"
		case "joined":
			l.Joined = value == "true"
		case "invalid_utf8":
			l.InvalidUTF8 = value == "true"
		default:
			if l.Attributes == nil {
				l.Attributes = map[string]json.RawMessage{}
			}
			quoted, err := json.Marshal(value)
			if err != nil {
				t.Error(err)
			}
			l.Attributes[name] = quoted
		}
	}
	return l
}

// asLoki is a record without its time, which may be a nanosecond later, and with fields that are texts with names of labels.
func asLoki(l sinktest.Line) sinktest.Line {
	l.Time = time.Time{}
	all := map[string]json.RawMessage{}
	for key, value := range l.Attributes {
		text := string(value)
		if value[0] == '"' {
			if err := json.Unmarshal(value, &text); err != nil {
				panic(err)
			}
		}
		key = strings.Map(func(r rune) rune {
			if slices.Contains([]rune("abcdefghijklmnopqrstuvwxyz"), r) {
				return r
			}
			return '_'
		}, key)
		if key == "" {
			key = "_"
		}
		quoted, err := json.Marshal(text)
		if err != nil {
			panic(err)
		}
		all[key] = quoted
	}
	if len(all) > 0 {
		l.Attributes = all
	}
	return l
}

// FuzzLokiPush makes pushes of any text and any fields: each is one that Loki can read, with the text in it.
func FuzzLokiPush(f *testing.F) {
	f.Add([]byte("text \xff"), "name", `{"a":1}`, "label \" \\ \n", int64(-1))
	f.Add([]byte("0"), "", "{}", "0", int64(0))
	f.Fuzz(func(t *testing.T, text []byte, key, value, attr string, ns int64) {
		quoted, err := json.Marshal(key)
		if err != nil || !json.Valid([]byte(value)) || ns == math.MinInt64 {
			t.Skip()
		}
		value = strings.TrimSpace(value)
		for _, options := range []string{"", "#labels=level&label-values=1", "#line=json"} {
			var s sinktest.LokiServer
			l := pushTo(t, loki(t, &s)+options)
			o := &record.Origin{Key: "k", Source: "file", Name: attr, Attrs: []record.Attr{{Key: key, Value: attr}, {Key: attr, Value: key}}}
			b := with(o, string(text), strings.Trim(string(quoted), `"`), value, "level", value, "name", value)
			b.Records[0].Time = ns
			write(t, l, b)
			want := string([]rune(string(text)))
			if all := s.Entries(); len(all) != 1 || all[0].Time != ns || options != "#line=json" && all[0].Line != want {
				t.Errorf("%q becomes %+v", want, all)
			}
		}
	})
}
