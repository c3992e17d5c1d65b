package sink_test

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/sink/sinktest"
)

func TestLokiAnswers(t *testing.T) {
	for _, c := range []struct {
		code               int
		text, reason, hint string // reason "": it may pass
		records            bool
	}{
		{400, "entry for stream '{a=\"b\"}' has timestamp too old: 2020-01-01T00:00:00Z, oldest acceptable timestamp is: 2026-11-17T08:00:00Z", "too-old", "reject_old_samples", true},
		{400, "entry with timestamp 2021-11-07 17:54:47 +0000 UTC ignored, reason: 'entry too far behind' for stream: {}", "too-far-behind", "max_chunk_age", true},
		{400, "entry out of order", "out-of-order", "unordered_writes", true},
		{400, "has timestamp too new: 2030", "too-new", "clock", true},
		{400, "Max entry size '10' bytes exceeded", "line-too-long", "--max-line", true},
		{400, "stream '{…}' includes structured metadata, but this feature is disallowed", "metadata", "line=json", false},
		{400, "entry for stream '{}' has 16 label names; limit 15", "labels", "label-names", false},
		{400, "snappy: corrupt input", "invalid", "", false},
		{413, "", "too-large", "", false},
		{500, "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (9 vs. 4)", "too-large", "grpc_server", false},
		{500, "boom", "", "", false},
		{503, "", "", "", false},
		{429, "Ingestion rate limit exceeded", "", "", false},
		{429, "Maximum active stream limit exceeded", "", "label-values", false},
		{401, "no org id\n", "", "tenant=ID", false},
		{401, "", "", "basic-file", false},
		{404, "", "", "/insert", false},
		{302, "", "", "write loki=http://elsewhere/", false},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://elsewhere/")
			w.WriteHeader(c.code)
			_, _ = w.Write([]byte(c.text))
		}))
		err := pushTo(t, server.URL).Write(t.Context(), []*record.Batch{batch(app(), "1")})
		server.Close()
		var rejected *sink.Rejected
		switch is := errors.As(err, &rejected); {
		case err == nil || is != (c.reason != "") || is && (rejected.Reason != c.reason || rejected.Records != c.records):
			t.Errorf("%d %s: got %#v", c.code, c.text, err)
		case !strings.HasPrefix(strings.TrimPrefix(err.Error(), "refused as "+c.reason+": "), "push to "+server.URL+"/loki/api/v1/push: answered "):
			t.Errorf("the text is %q", err)
		}
		hint := ""
		var hinted interface{ Hint() string }
		if errors.As(err, &hinted) {
			hint = hinted.Hint()
		}
		if !strings.Contains(hint, c.hint) || c.hint == "" && hint != "" {
			t.Errorf("%d %s: the hint is %q", c.code, c.text, hint)
		}
	}
}

func TestLokiAuthorization(t *testing.T) {
	var s sinktest.LokiServer
	address := loki(t, &s)
	basic, token := put(t, "basic", "me:it:is\n"), put(t, "token", "t\n")
	write(t, pushTo(t, address+"#basic-file="+basic), batch(app(), "1"))
	write(t, pushTo(t, address+"#token-file="+token), batch(app(), "2"))
	var got []string
	for _, h := range s.Requests() {
		got = append(got, h.Get("Authorization"))
	}
	if diff := cmp.Diff([]string{"Basic bWU6aXQ6aXM=", "Bearer t"}, got); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{"nobody": "it holds no line of the form user:password", ":x": "it holds no line", "a:b\nc": "it holds no line"} {
		if err := os.WriteFile(basic, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := sink.ParseLoki(address + "#basic-file=" + basic)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sink.NewLoki(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLokiOverTLS(t *testing.T) {
	var s sinktest.LokiServer
	server := httptest.NewUnstartedServer(&s)
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	defer server.Close()
	ca := put(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	write(t, pushTo(t, server.URL+"#ca-file="+ca), batch(app(), "1"))
	if err := pushTo(t, server.URL).Write(t.Context(), []*record.Batch{batch(app(), "1")}); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("with the system's authorities: %v", err)
	}
}

func TestParseLoki(t *testing.T) {
	got, err := sink.ParseLoki("https://h:1/p?q=1#tenant=a-1&line=json&labels=level,a.b&add=env:prod,x:y:z&label-names=9&label-values=7&timeout=5s&basic-file=/b&header-file=/h&ca-file=/c")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("https://h:1/p/loki/api/v1/push?q=1 a-1 true [level a.b] [{env prod} {x y:z}] 9 7 5s /b /h /c\n", fmt.Sprintln(got.HTTP.URL, got.Tenant, got.JSON, got.Labels, got.Add, got.Names, got.Values,
		got.HTTP.Timeout, got.HTTP.BasicFile, got.HTTP.HeaderFile, got.HTTP.CAFile)); diff != "" {
		t.Error(diff)
	}
	for address, want := range map[string]string{"http://h:3100": "http://h:3100/loki/api/v1/push", "http://h/": "http://h/loki/api/v1/push", "http://h/insert": "http://h/insert/loki/api/v1/push",
		"http://h/api/prom/push": "http://h/api/prom/push", "http://h/x/loki/api/v1/push": "http://h/x/loki/api/v1/push"} {
		if got, err := sink.ParseLoki(address); err != nil || got.HTTP.URL != want {
			t.Errorf("%s: %s, %v", address, got.HTTP.URL, err)
		}
	}
	for spec, want := range map[string][2]string{
		"":                                   {"sink loki=: no address", "loki=http://localhost:3100"},
		"localhost:3100":                     {"sink loki=localhost:3100: no scheme", "write loki=http://localhost:3100"},
		"htp://x":                            {"sink loki=htp://x: unknown scheme htp", "did you mean http://x?"},
		"http://u:p@x":                       {"sink loki=http://…@x: a user or password in the address would be seen by everyone who can list processes", "basic-file"},
		"http://x#tenat=a":                   {`sink loki=http://x: unknown option "tenat"`, "did you mean tenant?"},
		"http://x#tenant=a b":                {"sink loki=http://x: tenant=a b is no tenant ID", "150 letters"},
		"http://x#line=jsn":                  {"sink loki=http://x: line=jsn is not known", "line=json"},
		"http://x#labels=a,,b":               {"sink loki=http://x: labels= has a field without a name", "labels=level,team"},
		"http://x#labels=name":               {"sink loki=http://x: labels=name: there is a label name already", "source, name"},
		"http://x#labels=a.b,a_b":            {"sink loki=http://x: labels=a_b: there is a label a_b already", "always"},
		"http://x#add=env":                   {"sink loki=http://x: add=env: is no label and its value", "add=env:prod"},
		"http://x#add=source:x":              {"sink loki=http://x: add=source:x: there is a label source already", "always"},
		"http://x#label-names=3&labels=a":    {"sink loki=http://x: 4 label names, and 3 are allowed", "label-names="},
		"http://x#label-values=0":            {"sink loki=http://x: label-values=0 is not a number from 1 on", ""},
		"http://x#token-file=a&basic-file=b": {"sink loki=http://x: token-file and basic-file are given, and a request has one Authorization", "leave one"},
	} {
		_, err := sink.ParseLoki(spec)
		mistake(t, spec, err, want)
	}
}

func FuzzParseLoki(f *testing.F) {
	f.Add("http://h:3100/x#tenant=1:2&labels=a,b&add=a:b")
	f.Add("https://h/loki/api/v1/push?x=%zz#line=json")
	f.Fuzz(func(t *testing.T, spec string) {
		o, err := sink.ParseLoki(spec)
		if err != nil {
			return
		}
		if u, err := url.Parse(o.HTTP.URL); err != nil || !strings.HasSuffix(u.Path, "/push") || u.User != nil {
			t.Errorf("%q becomes %q: %v", spec, o.HTTP.URL, err)
		}
		if l, err := sink.NewLoki(o); err == nil {
			_ = l.Close()
		} else if o.HTTP.TokenFile+o.HTTP.BasicFile+o.HTTP.HeaderFile+o.HTTP.CAFile == "" {
			t.Errorf("%q is parsed and not made: %v", spec, err)
		}
	})
}
