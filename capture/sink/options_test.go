package sink_test

import (
	"testing"
	"time"

	"github.com/logcap/logcap/capture/sink"
)

func TestParseFile(t *testing.T) {
	got, err := sink.ParseFile("/x/{name}.log#rotate=100MiB&max-age=24h&keep=5&compress=zstd&sync=true&format=text")
	if err != nil {
		t.Fatal(err)
	}
	if want := (sink.FileOptions{Path: "/x/{name}.log", Rotate: 100 << 20, MaxAge: 24 * time.Hour, Keep: 5, Compress: "zstd", Sync: true, Format: "text"}); got.Path != want.Path ||
		got.Rotate != want.Rotate || got.MaxAge != want.MaxAge || got.Keep != want.Keep || got.Compress != want.Compress || !got.Sync || got.Format != want.Format {
		t.Errorf("got %+v", got)
	}
	if got, err := sink.ParseFile("/x/a#b#"); err != nil || got.Path != "/x/a#b" {
		t.Errorf("a # in the path: %+v, %v", got, err)
	}
	if got, err := sink.ParseFile("/x#1/y.log"); err != nil || got.Path != "/x#1/y.log" {
		t.Errorf("a # in a folder: %+v, %v", got, err)
	}
	for spec, want := range map[string][2]string{
		"":                         {"sink file=: no path", "file=/var/log/logcap/all.log"},
		"/x/":                      {"sink file=/x/: that is a directory", "file=/x/{name}.log"},
		"x#rotat=1MiB":             {`sink file=x: unknown option "rotat"`, "did you mean rotate?"},
		"x#colour=red":             {`sink file=x: unknown option "colour"`, "options are rotate, max-age, keep, compress, sync, format"},
		"x#rotate":                 {"sink file=x: option rotate has no value", "write rotate=…"},
		"x#rotate=1MiB&rotate=2kB": {"sink file=x: option rotate is given twice", ""},
		"x#rotate=1Mib":            {"sink file=x: rotate=1Mib is not a size", "rotate=100MiB"},
		"x#rotate=0":               {"sink file=x: rotate=0 is not a size", "100MiB"},
		"x#rotate=9999999999GiB":   {"sink file=x: rotate=9999999999GiB is not a size", "100MiB"},
		"x#max-age=5":              {"sink file=x: max-age=5 is not a positive duration", "24h"},
		"x#rotate=1&keep=-1":       {"sink file=x: keep=-1 is not a number from 1 on", ""},
		"x#rotate=1&compress=gzp":  {"sink file=x: compress=gzp is not known", "did you mean compress=gzip?"},
		"x#sync=yes":               {"sink file=x: sync=yes is not known", "write one of false, true"},
		"x#format=yaml":            {"sink file=x: format=yaml is not known", "json, text"},
		"x#keep=3":                 {"sink file=x: option keep is about rotated files, and nothing rotates", "rotate=100MiB"},
		"{nam}":                    {"sink file={nam}: unknown placeholder {nam}", "did you mean {name}?"},
		"{host}":                   {"sink file={host}: unknown placeholder {host}", "{name} {source} {id} {stream} {date}"},
		"x{":                       {"sink file=x{: a { without its }", ""},
		"{name}/../x":              {"sink file={name}/../x: a .. behind a placeholder", "write the folder out"},
	} {
		_, err := sink.ParseFile(spec)
		mistake(t, spec, err, want)
	}
}

func TestParseHTTP(t *testing.T) {
	got, err := sink.ParseHTTP("https://h:1/p?q=1#compress=gzip&timeout=5s&token-file=/t&header-file=/h&ca-file=/c")
	if err != nil {
		t.Fatal(err)
	}
	if got.URL != "https://h:1/p?q=1" || got.Compress != "gzip" || got.Timeout != 5*time.Second || got.TokenFile != "/t" || got.HeaderFile != "/h" || got.CAFile != "/c" {
		t.Errorf("got %+v", got)
	}
	for spec, want := range map[string][2]string{
		"":                      {"sink http=: no address", "http=http://localhost:8080/logs"},
		"localhost:8080/x":      {"sink http=localhost:8080/x: no scheme", "http=http://localhost:8080/x"},
		"//h/x?key=1":           {"sink http=//h/x: no scheme", "http=http://h/x"},
		"htps://h/x":            {"sink http=htps://h/x: unknown scheme htps", "did you mean https://h/x?"},
		"ftp://h/x":             {"sink http=ftp://h/x: unknown scheme ftp", "http and https"},
		"http://":               {"sink http=http://: no host", "localhost"},
		"http://:80/x":          {"sink http=http://:80/x: no host", "localhost"},
		"http://h:port/x?key=1": {`sink http=http://h:port/x: invalid port ":port" after host`, ""},
		"http://user:pw@h/x":    {"sink http=http://…@h/x: a user or password in the address would be seen by everyone who can list processes", "token-file"},
		"user:pw@h/x":           {"sink http=…@h/x: no scheme", "http=http://…@h/x"},
		"http://h#compres=zstd": {`sink http=http://h: unknown option "compres"`, "did you mean compress?"},
		"http://h#compress=lz4": {"sink http=http://h: compress=lz4 is not known", "zstd, gzip, none"},
		"http://h#timeout=-1s":  {"sink http=http://h: timeout=-1s is not a positive duration", "30s"},
		"http://h#token=secret": {`sink http=http://h: unknown option "token"`, "token-file"},
	} {
		_, err := sink.ParseHTTP(spec)
		mistake(t, spec, err, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"http://h/x#timeout=1s", "x#rotate=1MiB&keep=1", "{name}/{date}#", "http://u:p@h", "#=&=", "%zz://"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		if o, err := sink.ParseHTTP(spec); err == nil {
			s, err := sink.NewHTTP(sink.HTTPOptions{URL: o.URL})
			if err != nil {
				t.Fatalf("%q is parsed, and then: %v", spec, err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if o, err := sink.ParseFile(spec); err == nil && (o.Path == "" || o.Rotate < 0 || o.MaxAge < 0 || o.Keep < 0) {
			t.Errorf("%q is %+v", spec, o)
		}
	})
}
