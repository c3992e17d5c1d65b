package sink_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/sink/sinktest"
)

// loki serves s as Loki, with the clock of the tests.
func loki(t *testing.T, s *sinktest.LokiServer) string {
	s.Now = func() time.Time { return time.Unix(0, at(0)) }
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

// with is a batch of one record with fields, name and raw JSON value in turns.
func with(o *record.Origin, text string, fields ...string) *record.Batch {
	b := batch(o, text)
	b.Records[0].Fields = uint16(len(fields) / 2)
	put := func(text string) record.Span {
		b.Buf = append(b.Buf, text...)
		return record.Span{Start: uint32(len(b.Buf) - len(text)), End: uint32(len(b.Buf))}
	}
	for i := 0; i < len(fields); i += 2 {
		b.Fields = append(b.Fields, record.Field{Key: put(`"` + fields[i] + `"`), Value: put(fields[i+1])})
	}
	return b
}

func TestLokiLabelsAndMetadata(t *testing.T) {
	var s sinktest.LokiServer
	l := pushTo(t, loki(t, &s)+"/#tenant=acme&labels=level,team&add=env:prod")
	long := &record.Origin{Key: "docker:l", Source: "docker", Name: "long", ID: "i"}
	for i := range 12 {
		long.Attrs = append(long.Attrs, record.Attr{Key: fmt.Sprintf("a.%02d", i), Value: "v"})
	}
	write(t, l, with(web(), "one", "level", `"er\u0072or"`, "name", `7`, "id", `{"x":1}`, "2nd", `true`, "a b", `"1"`, "a-b", `"2"`, "level", `"again"`), batch(app(), "plain"),
		with(app(), "bad \xff", "team", `""`), batch(long, "many"))
	file := map[string]string{"env": "prod", "source": "file", "name": "/var/log/app.log"}
	want := []sinktest.Entry{
		{Labels: map[string]string{"env": "prod", "source": "docker", "name": "web-1", "com_example_tier": "front\"end", "image": "nginx:1", "level": "error"}, Time: at(0), Line: "one",
			Metadata: map[string]string{"id": "abc", "name_extracted": "7", "id_2": `{"x":1}`, "_2nd": "true", "a_b": "1", "a_b_2": "2", "level_extracted": "again"}},
		{Labels: file, Time: at(0), Line: "plain"},
		{Labels: file, Time: at(1), Line: "bad \ufffd", Metadata: map[string]string{"team_extracted": "", "invalid_utf8": "true"}},
		{Labels: map[string]string{"env": "prod", "source": "docker", "name": "long"}, Time: at(0), Line: "many", Metadata: map[string]string{"id": "i"}},
	}
	for i := range 12 {
		if name := fmt.Sprintf("a_%02d", i); i < 15-6 {
			want[3].Labels[name] = "v"
		} else {
			want[3].Metadata[name] = "v"
		}
	}
	if diff := cmp.Diff(want, s.Entries()); diff != "" {
		t.Error(diff)
	}
	if h := s.Requests()[0]; h.Get("X-Scope-OrgID") != "acme" || h.Get("User-Agent") != "logcap" {
		t.Errorf("headers are %v", h)
	}
}

// What explodes is folded, counted and told once; the value stays; who is idle gives way.
func TestLokiBudget(t *testing.T) {
	var s sinktest.LokiServer
	o, err := sink.ParseLoki(loki(t, &s) + "#labels=user&label-values=3")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(0, at(0))
	o.HTTP.Now = func() time.Time { return now }
	var told []string
	o.Tell = func(err error) { told = append(told, err.Error()) }
	l, err := sink.NewLoki(o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	origin := func(i int) *record.Origin {
		return &record.Origin{Key: fmt.Sprint("file:", i), Source: "file", Name: fmt.Sprint("f", i)}
	}
	for i := range 6 {
		write(t, l, with(origin(i), "x", "user", fmt.Sprint(i)))
	}
	write(t, l, with(origin(0), "y", "user", `"`+strings.Repeat("long", 1000)+`"`))
	for i, e := range s.Entries()[:6] {
		name, user, meta := fmt.Sprint("f", i), fmt.Sprint(i), map[string]string(nil)
		if i >= 3 {
			meta = map[string]string{"name_folded": name, "user_folded": user}
			name, user = "other", "other"
		}
		if diff := cmp.Diff(sinktest.Entry{Labels: map[string]string{"source": "file", "name": name, "user": user}, Time: e.Time, Line: "x", Metadata: meta}, e); diff != "" {
			t.Error(diff)
		}
	}
	if n := l.Counts()["folded-labels"]; n != 4 {
		t.Errorf("%d records folded, want 4", n)
	}
	if diff := cmp.Diff([]string{`label name has more than 3 values: more are folded into "other"`, `label user has more than 3 values: more are folded into "other"`}, told); diff != "" {
		t.Error(diff)
	}
	now = now.Add(50 * time.Minute)
	write(t, l, with(origin(0), "z", "user", "0"))
	now = now.Add(20 * time.Minute) // 1 and 2 are idle for 70 minutes
	write(t, l, with(origin(5), "z", "user", "5"), with(origin(0), "z", "user", "0"), with(origin(7), "z", "user", "7"), with(origin(1), "z", "user", "1"))
	var names []string
	for _, e := range s.Entries()[8:] {
		names = append(names, e.Labels["name"]+" "+e.Labels["user"])
	}
	if diff := cmp.Diff([]string{"f5 5", "f0 0", "f7 7", "other other"}, names); diff != "" {
		t.Error(diff)
	}
}

// Lines read at once have one time, and Loki would take equal ones for one. What is pushed again has the times it had.
func TestLokiTimesDiffer(t *testing.T) {
	var s sinktest.LokiServer
	fail := 1
	s.Before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if n == fail {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		}
		return n != fail
	}
	l := pushTo(t, loki(t, &s))
	b := &record.Batch{Origin: app()}
	for range 3 {
		b.Append(record.Record{Time: at(0)}, []byte("same"))
	}
	write(t, l, b)
	var unavailable *sink.Unavailable
	if err := l.Write(t.Context(), []*record.Batch{b}); !errors.As(err, &unavailable) || unavailable.After != 7*time.Second {
		t.Errorf("got %v", err)
	}
	write(t, l, b, batch(app(), "next"))
	old := batch(app(), "old")
	old.Records[0].Time = at(-1000)
	write(t, l, old)
	var times []int64
	for _, e := range s.Entries() {
		times = append(times, e.Time-at(0))
	}
	if diff := cmp.Diff([]int64{0, 1, 2, 3, 4, 5, 6, -1000}, times); diff != "" {
		t.Error(diff)
	}
}

// Lines of one origin that go to several streams stay in their order where these are shown together.
func TestLokiOrderOverStreams(t *testing.T) {
	var s sinktest.LokiServer
	l := pushTo(t, loki(t, &s)+"#labels=level")
	var all []*record.Batch
	origin := app()
	for i := range 6 {
		all = append(all, with(origin, fmt.Sprint(i), "level", fmt.Sprint(i%2)))
	}
	write(t, l, all...)
	got := map[string]int64{}
	for _, e := range s.Entries() {
		got[e.Line] = e.Time - at(0)
	}
	if diff := cmp.Diff(map[string]int64{"0": 0, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}, got); diff != "" {
		t.Error(diff)
	}
}

// A record with more fields than Loki takes goes as the whole record.
func TestLokiLargeMetadata(t *testing.T) {
	var s sinktest.LokiServer
	l := pushTo(t, loki(t, &s))
	var many []string
	for i := range 200 {
		many = append(many, fmt.Sprint("k", i), "1")
	}
	write(t, l, with(web(), "many", many...), with(web(), "large", "k", `"`+strings.Repeat("x", 64<<10)+`"`), with(web(), "small", "k", "1"))
	for i, want := range []string{`{"time":"2026-11-24T08:00:00.000000000Z","source":"docker","name":"web-1"`, `"message":"large","attributes":{"k":"xxx`, "small"} {
		if e := s.Entries()[i]; !strings.Contains(e.Line, want) || len(e.Metadata) != 2*(i/2) {
			t.Errorf("entry %d is %.300s with %v", i, e.Line, e.Metadata)
		}
	}
	if n := l.Counts()["large-metadata"]; n != 2 {
		t.Errorf("%d counted", n)
	}
}

func TestEncodingForLokiAllocatesNothing(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer server.Close()
	l := pushTo(t, server.URL+"#labels=level")
	cost := func(lines int) float64 {
		b := &record.Batch{Origin: web()}
		for i := range lines {
			one := with(web(), "x\xff", "level", `"info"`, "user", `"a\"b"`)
			b.Append(one.Records[0], []byte("a line"))
			r := &b.Records[i]
			r.Field, r.Fields = uint32(len(b.Fields)), 0
			if i%2 == 0 {
				continue
			}
			r.Fields = 1
			start := uint32(len(b.Buf))
			b.Buf = append(b.Buf, `"level""info"`...)
			b.Fields = append(b.Fields, record.Field{Key: record.Span{Start: start, End: start + 7}, Value: record.Span{Start: start + 7, End: start + 13}})
		}
		all := []*record.Batch{b}
		return testing.AllocsPerRun(20, func() { write(t, l, all...) })
	}
	if few, many := cost(100), cost(5000); many > few+100 {
		t.Errorf("%v allocations for 100 lines, %v for 5000", few, many)
	}
}
