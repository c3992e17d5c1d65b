package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func fixture(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func utc(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

// The four evidence lines of the report whose kind logcap writes.
func TestSourceReport(t *testing.T) {
	text := fixture(t, "../../testdata/logs/source-report.jsonl")
	log, err := ReadLog(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	six := 6
	want := &Log{
		Points: []Reading{
			{utc("2025-11-06T06:42:21Z"), 102, lines[0], 1},
			{utc("2025-11-06T06:43:23Z"), 134, lines[1], 2},
			{utc("2025-11-06T06:44:26Z"), 166, lines[2], 3},
			{utc("2025-11-06T06:45:29Z"), 198, lines[3], 4},
		},
		Baseline:     &six,
		BaselineTime: utc("2025-11-06T06:41:20.996663966Z"),
		BaselineNote: "derived: line 1 states a growth of 96 within 1m0.003336034s, so the count was the baseline of 6 at 2025-11-06T06:41:20.996663966Z",
		Silent:       true,
	}
	if d := cmp.Diff(want, log); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// one reads a log of one line that counts.
func one(t *testing.T, line string) (Reading, *Log) {
	t.Helper()
	log, err := ReadLog(strings.NewReader("starting up\n" + line + "\n{\"msg\":\"other\"}\n"))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if len(log.Points) != 1 || log.Points[0].Line != line || log.Points[0].LineNo != 2 {
		t.Fatalf("%s: %+v", line, log.Points)
	}
	return log.Points[0], log
}

func TestLineForms(t *testing.T) {
	const at = "2025-11-06T06:42:21Z"
	for name, line := range map[string]string{
		"bare":              `{"time":"2025-11-06T06:42:21Z","goroutines":102}`,
		"zone":              `{"time":"2025-11-06T07:42:21+01:00","goroutines":102}`,
		"zap iso":           `{"ts":"2025-11-06T07:42:21.000+0100","goroutine_count":102}`,
		"zap epoch":         `{"level":"info","ts":1762411341.000,"msg":"stats","numGoroutine":102}`,
		"epoch s":           `{"timestamp":1762411341,"num_goroutine":102}`,
		"epoch ms":          `{"timestamp":1762411341000,"num_goroutines":102}`,
		"epoch us":          `{"t":1762411341000000,"go_goroutines":102}`,
		"epoch ns":          `{"t":1762411341000000000,"runtime.NumGoroutine":102}`,
		"epoch in quotes":   `{"ts":"1762411341","goroutines":"102"}`,
		"elastic":           `{"@timestamp":"2025-11-06T06:42:21.000Z","goroutines":1.02e2}`,
		"slog group":        `{"time":"2025-11-06T06:42:21Z","msg":"x","runtime":{"mem":{"heap":1},"sched":{"goroutines":102}}}`,
		"current count":     `{"time":"2025-11-06T06:42:21Z","msg":"goroutine check","current_count":102}`,
		"docker":            `{"log":"{\"time\":\"2025-11-06T06:42:21Z\",\"goroutines\":102}\n","stream":"stdout","time":"2025-11-06T06:42:22.1Z"}`,
		"docker's time":     `{"log":"{\"goroutines\":102}\n","stream":"stderr","time":"2025-11-06T06:42:21Z"}`,
		"docker and prefix": `{"log":"INFO {x} {\"goroutines\":102}\n","stream":"stderr","time":"2025-11-06T06:42:21Z"}`,
		"kubectl":           `2025-11-06T06:42:21.000000000Z {"goroutines":102}`,
		"cri":               `2025-11-06T07:42:21.000000000+01:00 stdout F {"goroutines":102}`,
		"compose":           `web-1  | {"time":"2025-11-06T06:42:21Z","goroutines":102}`,
		"braces before":     `[{worker}] {"time":"2025-11-06T06:42:21Z","goroutines":102} trailing`,
	} {
		t.Run(name, func(t *testing.T) {
			r, log := one(t, line)
			if !r.Time.Equal(utc(at)) || r.Time.Location() != time.UTC || r.Count != 102 {
				t.Errorf("%d at %v", r.Count, r.Time)
			}
			if len(log.Warnings) > 0 || log.Silent || log.Baseline != nil {
				t.Errorf("warnings %q, silent %v", log.Warnings, log.Silent)
			}
			if !LooksLikeLog([]byte(line)) {
				t.Error("it does not look like a log")
			}
		})
	}
}

func TestNoZone(t *testing.T) {
	for _, line := range []string{`{"time":"2025-11-06 06:42:21","goroutines":102}`, `2025/11/06 06:42:21 stats: {"goroutines":102}`} {
		r, log := one(t, line)
		want := []string{"line 2 states no time zone; UTC is assumed, here and after"}
		if d := cmp.Diff(want, log.Warnings); d != "" || !r.Time.Equal(utc("2025-11-06T06:42:21Z")) {
			t.Errorf("%v, warnings -want +got\n%s", r.Time, d)
		}
	}
}

func TestNotAReading(t *testing.T) {
	for _, line := range []string{
		``, `plain text`, `{"time":"2025-11-06T06:42:21Z","msg":"ok"}`,
		`{"time":"2025-11-06T06:42:21Z","current_count":102}`, // counts of what?
		`{"time":"2025-11-06T06:42:21Z","goroutine":102}`,     // an id
		`{"goroutines":102}`, // when?
		`{"time":"soon","goroutines":102}`,
		`{"time":0,"goroutines":102}`, `{"time":-5,"goroutines":102}`, `{"time":1e300,"goroutines":102}`,
		`{"time":"2025-11-06T06:42:21Z","goroutines":-1}`,
		`{"time":"2025-11-06T06:42:21Z","goroutines":1.5}`,
		`{"time":"2025-11-06T06:42:21Z","goroutines":1e99}`,
		`{"time":"2025-11-06T06:42:21Z","goroutines":[102]}`,
		`{"time":"2025-11-06T06:42:21Z","goroutines":102`,
		`{"log":"no goroutines here","stream":"stdout","time":"2025-11-06T06:42:21Z"}`,
		`goroutine 1 [running]: {{{{{{{{{{{{{{{{`,
		`<html>goroutines</html>`,
	} {
		if LooksLikeLog([]byte(line)) {
			t.Errorf("%s: looks like a log", line)
		}
		log, err := ReadLog(strings.NewReader(line))
		var hinted interface{ Hint() string }
		if !errors.Is(err, ErrNoCounts) || !errors.As(err, &hinted) || hinted.Hint() == "" {
			t.Errorf("%s: %+v, %v", line, log, err)
		}
	}
}

const steady = `{"time":"2025-11-06T06:42:%02dZ","goroutines":%d}` + "\n"

func TestSilence(t *testing.T) {
	const change = `{"time":"2025-11-06T06:42:%02dZ","goroutines":%d,"msg":"goroutine count changed"}` + "\n"
	for name, c := range map[string]struct {
		lines  string
		silent bool
	}{
		"every line a change": {fmt.Sprintf(change+change, 1, 5, 2, 9), true},
		"one line":            {fmt.Sprintf(change, 1, 5), true},
		"a count repeated":    {fmt.Sprintf(change+change, 1, 5, 2, 5), false},
		"periodic":            {fmt.Sprintf(steady+steady, 1, 5, 2, 9), false},
		"mixed":               {fmt.Sprintf(change+steady, 1, 5, 2, 9), false},
		"growth of zero":      {`{"time":"2025-11-06T06:42:01Z","goroutines":5,"growth":0}`, false},
	} {
		log, err := ReadLog(strings.NewReader(c.lines))
		if err != nil {
			t.Fatal(err)
		}
		if log.Silent != c.silent {
			t.Errorf("%s: silent is %v", name, log.Silent)
		}
	}
}

func TestBaseline(t *testing.T) {
	const head = `{"time":"2025-11-06T06:42:21Z","goroutines":102,"baseline":6,`
	for name, c := range map[string]struct {
		lines, note, warning string
		derived              bool
	}{
		"from seconds":     {head + `"growth":96,"duration":60}`, "derived", "", true},
		"from text":        {head + `"growth":96,"duration":"1m0s"}`, "derived", "", true},
		"from nanoseconds": {head + `"growth":96,"duration":60000000000}`, "derived", "", true},
		"later in the log": {head + `"growth":32,"duration":60}`, "the baseline of 6 is stated without a time", "", false},
		"no growth":        {head + `"duration":60}`, "the baseline of 6 is stated without a time", "", false},
		"no duration":      {head + `"growth":96}`, "the baseline of 6 is stated without a time", "", false},
		"absurd duration":  {head + `"growth":96,"duration":1e300}`, "the baseline of 6 is stated without a time", "", false},
		"wrong sum":        {head + `"growth":96,"duration":60,"total_growth":90}`, "derived", "line 1 states a total growth of 90, and 102 is 96 above 6", true},
		"two of them": {head + `"growth":96,"duration":60}` + "\n" + `{"time":"2025-11-06T06:43:21Z","goroutines":12,"baseline":8}`, "derived",
			"line 2 states the baseline 8, not 6 as before: another process, or one that started anew", true},
	} {
		log, err := ReadLog(strings.NewReader(c.lines))
		if err != nil {
			t.Fatal(err)
		}
		if log.Baseline == nil || *log.Baseline != 6 || !strings.HasPrefix(log.BaselineNote, c.note) {
			t.Errorf("%s: baseline %v, note %q", name, log.Baseline, log.BaselineNote)
		}
		if c.derived != log.BaselineTime.Equal(utc("2025-11-06T06:41:21Z")) || c.derived == log.BaselineTime.IsZero() {
			t.Errorf("%s: baseline at %v", name, log.BaselineTime)
		}
		if got := strings.Join(log.Warnings, "\n"); got != c.warning {
			t.Errorf("%s: warnings %q", name, got)
		}
	}
}

func TestOrderAndSkipped(t *testing.T) {
	log, err := ReadLog(strings.NewReader(fmt.Sprintf(steady+"checking goroutines\n"+steady, 9, 1, 3, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if log.Points[0].Count != 2 || log.Points[0].LineNo != 3 || log.Skipped != 1 {
		t.Errorf("%+v", log)
	}
	want := []string{"the lines are not in order of time; they were sorted", "lines that speak of goroutines and give no count or no time: 1"}
	if d := cmp.Diff(want, log.Warnings); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestLongLinesArePassedOver(t *testing.T) {
	long := `{"time":"2025-11-06T06:42:21Z","goroutines":7,"x":"` + strings.Repeat("x", maxLine) + "\"}\n"
	log, err := ReadLog(strings.NewReader(long + fmt.Sprintf(steady, 1, 5) + strings.TrimSpace(long)))
	if err != nil {
		t.Fatal(err)
	}
	if len(log.Points) != 1 || log.Points[0].Count != 5 || log.Points[0].LineNo != 2 {
		t.Errorf("%d readings, first %d", len(log.Points), log.Points[0].Count)
	}
	quoted := fmt.Sprintf(`{"time":"2025-11-06T06:42:21Z","goroutines":7,"x":"%s"}`, strings.Repeat("x", 100<<10))
	if log, err = ReadLog(strings.NewReader(quoted)); err != nil || log.Points[0].Line != quoted[:maxQuoted] {
		t.Errorf("a long reading: %v", err)
	}
}

// A log of days keeps the lines of its ends only.
func TestManyReadings(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, `{"time":%d,"goroutines":%d}`+"\n", 1762411341+i, i)
	}
	log, err := ReadLog(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for i, p := range log.Points {
		if p.Count != i || (p.Line != "") != (i < endsQuoted || i >= 3000-endsQuoted) {
			t.Fatalf("reading %d: %+v", i, p)
		}
		if p.Line != "" {
			lines++
		}
	}
	if lines != 2*endsQuoted {
		t.Errorf("%d lines", lines)
	}
}

func compressed(t testing.TB, text []byte) map[string][]byte {
	t.Helper()
	var gz, zst bytes.Buffer
	for _, c := range []struct {
		to   io.Writer
		open func(io.Writer) (io.WriteCloser, error)
	}{
		{&gz, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }},
		{&zst, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)) }},
	} {
		w, err := c.open(c.to)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]byte{"plain": text, "gzip": gz.Bytes(), "zstd": zst.Bytes()}
}

func TestCompressed(t *testing.T) {
	for name, b := range compressed(t, fixture(t, "../../testdata/logs/source-report.jsonl")) {
		log, err := ReadLog(bytes.NewReader(b))
		if err != nil || len(log.Points) != 4 || len(log.Warnings) > 0 || !LooksLikeLog(b) {
			t.Errorf("%s: %+v, %v", name, log, err)
		}
		if log, err := ReadLog(iotest.OneByteReader(bytes.NewReader(b))); err != nil || len(log.Points) != 4 {
			t.Errorf("%s, byte by byte: %+v, %v", name, log, err)
		}
	}
}

// A log that breaks off keeps what came before and says so.
func TestBrokenOff(t *testing.T) {
	var b strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&b, `{"time":%d,"goroutines":%d,"x":%d}`+"\n", 1762411341+i, i, i*7919%10007)
	}
	for name, c := range compressed(t, []byte(b.String())) {
		half := c[:len(c)/2]
		if !LooksLikeLog(half) {
			t.Errorf("%s: the half does not look like a log", name)
		}
		log, err := ReadLog(bytes.NewReader(half))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n := len(log.Points); n < 1000 || n > 19999 {
			t.Errorf("%s: %d readings of half a log", name, n)
		}
		if said := strings.Contains(strings.Join(log.Warnings, "\n"), "cannot be read to its end"); said != (name != "plain") {
			t.Errorf("%s: warnings %q", name, log.Warnings)
		}
	}
	broken := errors.New("disk on fire")
	if _, err := ReadLog(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if _, err := ReadLog(strings.NewReader("\x1f\x8bnot gzip")); err == nil {
		t.Error("no error for a broken header")
	}
}

func TestBoundedDecompression(t *testing.T) {
	b := &bounded{strings.NewReader("0123456789"), 4}
	got, err := io.ReadAll(b)
	if string(got) != "0123" || err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzReadLog(f *testing.F) {
	text := fixture(f, "../../testdata/logs/source-report.jsonl")
	for _, b := range compressed(f, text) {
		f.Add(b)
	}
	f.Add([]byte(`{"log":"x {\"goroutines\":102}\n","stream":"stderr","time":"2025-11-06T06:42:21Z"}`))
	f.Add([]byte(`2025/11/06 06:42:21 {"runtime":{"goroutines":102,"baseline":1,"growth":5,"duration":"1h"}}`))
	f.Add([]byte(`{"ts":1762411341.123,"goroutines":"5"}` + "\n" + `{"ts":1,"goroutines":4}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		log, err := ReadLog(bytes.NewReader(b))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("error of several lines: %q", err)
			}
			return
		}
		if len(log.Points) == 0 || !LooksLikeLog(b) {
			t.Fatal("a log without a reading, or one that does not look like one")
		}
		for i, p := range log.Points {
			if p.Count < 0 || p.LineNo < 1 || p.Time.Location() != time.UTC || i > 0 && p.Time.Before(log.Points[i-1].Time) {
				t.Fatalf("reading %d: %+v", i, p)
			}
			if _, err := p.Time.MarshalJSON(); err != nil {
				t.Fatal(err)
			}
		}
		for _, w := range log.Warnings {
			if strings.ContainsAny(w, "\n\x00\x1b") {
				t.Fatalf("warning %q", w)
			}
		}
	})
}
