// Command idle measures what logcap costs when nothing happens: a hundred
// containers of a stand-in engine and a thousand files, all quiet, followed for a minute after they have been read.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/logcap/logcap/internal/faults"
	"github.com/logcap/logcap/internal/standin"
)

type options struct {
	bin        string
	containers int
	files      int
	warm       time.Duration
	duration   time.Duration
	most       float64
	state      bool
	md         string
	profile    string
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "", "logcap to measure (default: built from this tree)")
	flag.IntVar(&o.containers, "containers", 100, "quiet containers")
	flag.IntVar(&o.files, "files", 1000, "quiet files, in ten directories")
	flag.DurationVar(&o.warm, "warm", 30*time.Second, "how long before it is measured; the first 15 s after a file was changed are not idle")
	flag.DurationVar(&o.duration, "time", time.Minute, "how long it is measured")
	flag.Float64Var(&o.most, "most", 0.5, "percent of a core that are allowed")
	flag.BoolVar(&o.state, "state", true, "keep positions")
	flag.StringVar(&o.md, "md", "", "append the result as Markdown to this file")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile of the time after the measured one to this file; 0 samples are possible")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "idle:", err)
		os.Exit(1)
	}
}

// lines is how many each container and each file holds.
const lines = 20

func run(o *options) (err error) {
	dir, err := os.MkdirTemp("", "idle-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.bin, err = faults.Build(o.bin, dir); err != nil {
		return err
	}
	engine, err := standin.New(standin.Options{Path: filepath.Join(dir, "docker.sock")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	judge := faults.NewJudge()
	for i := range o.containers {
		name := fmt.Sprintf("c%04d", i+1)
		c := engine.Create(standin.Spec{Name: name, Image: "quiet:1"})
		c.Start()
		for n := range uint64(lines) {
			c.Write(standin.Stdout, faults.AppendLine(nil, name, n+1, 120))
		}
		judge.Expect(name, lines)
	}
	if err := write(filepath.Join(dir, "logs"), o.files, judge); err != nil {
		return err
	}
	output := filepath.Join(dir, "out.jsonl")
	args := []string{filepath.Join(dir, "logs", "**", "*.log"), "--docker", "--docker-read", "api", "--from-start", "--listen", "unix:" + filepath.Join(dir, "admin.sock"), "--to", "file=" + output}
	if o.state {
		args = append(args, "--state", filepath.Join(dir, "state"))
	}
	c, err := faults.StartCollector(os.Stderr, o.bin, []string{"DOCKER_HOST=" + engine.Host()}, args...)
	if err != nil {
		return err
	}
	defer c.Kill()
	metrics := faults.NewMetrics(c.Address)
	time.Sleep(o.warm)
	before, err := faults.UsageOf(c.PID())
	if err != nil {
		return err
	}
	began := time.Now()
	time.Sleep(o.duration) // nobody asks it anything meanwhile: to be scraped is not idle
	after, err := faults.UsageOf(c.PID())
	if err != nil {
		return err
	}
	percent := 100 * (after.CPU - before.CPU).Seconds() / time.Since(began).Seconds()
	if o.profile != "" {
		if err := profile(c, o.profile, o.duration); err != nil {
			return err
		}
	}
	values, err := metrics.Ask()
	metrics.Close()
	if err != nil {
		return err
	}
	goroutines, err := values.Value("go_goroutines")
	if err != nil {
		return err
	}
	if err := c.End(10 * time.Second); err != nil {
		return err
	}
	out, err := os.Open(output)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := judge.ReadLines(out); err != nil {
		return err
	}
	return report(o, judge.Verdict(), after, percent, int(goroutines))
}

// write makes the files.
func write(dir string, files int, judge *faults.Judge) error {
	for i := range files {
		sub := filepath.Join(dir, fmt.Sprintf("app%d", i%10))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return err
		}
		name := fmt.Sprintf("f%04d", i+1)
		l := faults.Log{Path: filepath.Join(sub, name+".log"), Writer: name}
		if err := errors.Join(l.Write(lines), l.Close()); err != nil {
			return err
		}
		judge.Expect(name, lines)
	}
	return nil
}

// profile asks for a CPU profile.
func profile(c *faults.Collector, path string, d time.Duration) error {
	text, err := faults.Get(c.Address, fmt.Sprintf("/debug/pprof/profile?seconds=%d", int(d.Seconds())), d+10*time.Second)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// report prints what was measured, and is an error when a bar was missed.
func report(o *options, v faults.Verdict, u faults.Usage, percent float64, goroutines int) error {
	var missed []string
	if percent >= o.most {
		missed = append(missed, fmt.Sprintf("%.2f %% of a core, allowed %.2f %%", percent, o.most))
	}
	if v.Lost+v.Doubled+v.Mangled+v.Reordered > 0 || v.Arrived == 0 {
		missed = append(missed, fmt.Sprintf("what was there was not read as it is: %+v", v))
	}
	if most := o.containers + 25; goroutines > most {
		missed = append(missed, fmt.Sprintf("%d goroutines, allowed %d", goroutines, most))
	}
	text := fmt.Sprintf(`| | |
|---|---:|
| quiet containers, quiet files | %d, %d |
| time | %v, after %v |
| CPU, %% of a core | %.2f (allowed %.2f) |
| goroutines | %d |
| descriptors | %d |
| resident | %.0f MB |
`, o.containers, o.files, o.duration, o.warm, percent, o.most, goroutines, u.Descriptors, float64(u.Resident)/1e6)
	fmt.Print(text)
	if o.md != "" {
		page := fmt.Sprintf("\nMeasured by `go run ./scripts/idle %s` on %s, %s/%s, %d CPUs, %s:\n\n%s",
			strings.Join(os.Args[1:], " "), time.Now().UTC().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), text)
		if len(missed) > 0 {
			page += "\n**Missed**: " + strings.Join(missed, "; ") + "\n"
		}
		w, err := os.OpenFile(o.md, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		_, err = w.WriteString(page)
		if err := errors.Join(err, w.Close()); err != nil {
			return err
		}
	}
	if len(missed) > 0 {
		return errors.New(strings.Join(missed, "; "))
	}
	return nil
}
