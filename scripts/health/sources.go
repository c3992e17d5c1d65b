package main

import (
	"errors"
	"os"
	"time"

	"github.com/logcap/logcap/internal/standin"
)

// sourceFaults are files and containers that cannot be read.
func sourceFaults() []fault {
	const look = 5 * time.Second // how far looks at everything are apart
	return []fault{
		{name: "a file that was named is gone", subject: "path ", soon: look, back: look, run: movedAway("app.log", "app.log")},
		{name: "a directory vanishes while its logs are followed", subject: "path ", soon: look, back: look, run: movedAway("logs/*.log", "logs")},
		{name: "a file may not be read", subject: "file ", soon: look, back: look, quick: true, run: closed("shut.log", 0)},
		{name: "a directory may not be read", subject: "directory ", soon: look, back: look, run: closed("shut", os.ModeDir)},
		{name: "a container's stream gives nothing", subject: "container web", soon: 7 * time.Second, back: look, run: stalledStream},
		{name: "a Docker engine takes requests and does not answer", subject: "docker ", soon: 8 * time.Second, back: look, run: engineThat(
			func(e *standin.Engine) error { e.Hang(true); return nil }, func(e *standin.Engine) error { e.Hang(false); return nil })},
		{name: "a Docker engine is gone", subject: "docker ", soon: 8 * time.Second, back: look, run: engineThat((*standin.Engine).Down, (*standin.Engine).Up)},
	}
}

// movedAway takes away what is followed by its path, and brings it back.
func movedAway(pattern, what string) func(*trial) error {
	return func(t *trial) error {
		if what != "app.log" {
			if err := os.Mkdir(t.path(what), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(t.path(what+"/app.log"), []byte("one\n"), 0o644); err != nil {
				return err
			}
		} else if err := t.lines(1); err != nil {
			return err
		}
		if err := t.start(pattern, "--to", "null"); err != nil {
			return err
		}
		return t.measure(
			func() error { return os.Rename(t.path(what), t.path("away")) },
			func() error { return os.Rename(t.path("away"), t.path(what)) },
		)
	}
}

// closed has a file appear that may not be read, or takes the right to read a
// directory away. The collector is a user who has no right to everything.
func closed(what string, mode os.FileMode) func(*trial) error {
	return func(t *trial) error {
		if err := errors.Join(t.asNobody(), os.Mkdir(t.path("logs"), 0o755), os.WriteFile(t.path("logs/open.log"), []byte("one\n"), 0o644)); err != nil {
			return err
		}
		path, before := t.path("logs/"+what), t.path("waiting")
		make := func() error { return os.Rename(before, path) }
		if mode.IsDir() {
			make = func() error { return os.Chmod(path, 0) }
			if err := os.Mkdir(path, 0o755); err != nil {
				return err
			}
		} else if err := errors.Join(os.WriteFile(before, []byte("one\n"), 0o644), os.Chmod(before, 0)); err != nil {
			return err
		}
		if err := t.start("logs/**/*.log", "--to", "null"); err != nil {
			return err
		}
		return t.measure(make, func() error { return os.Chmod(path, 0o755) })
	}
}

// contain starts an engine with one container, and a collector that follows it.
func (t *trial) contain() (*standin.Engine, *standin.Container, error) {
	e, err := standin.New(standin.Options{Path: t.path("d.sock")})
	if err != nil {
		return nil, nil, err
	}
	t.atEnd(e.Close)
	web := e.Create(standin.Spec{Name: "web", PID: 1 << 30})
	web.Start()
	web.Append(1, time.Now().UnixNano(), "one\n")
	t.env = []string{"DOCKER_HOST=" + e.Host()}
	if err := t.start("--docker-read", "api", "--from-start", "--to", "null"); err != nil {
		return nil, nil, err
	}
	_, err = t.until("a line is delivered", starts, func(a *answer) bool { return len(a.Sinks) == 1 && a.Sinks[0].Delivered == 1 })
	return e, web, err
}

func engineThat(fails, goesOn func(*standin.Engine) error) func(*trial) error {
	return func(t *trial) error {
		e, _, err := t.contain()
		if err != nil {
			return err
		}
		return t.measure(func() error { return fails(e) }, func() error { return goesOn(e) })
	}
}

// stalledStream silences each stream of the log, that which is opened anew too,
// while the container writes on: a single one is well again before anybody has asked.
func stalledStream(t *trial) error {
	e, web, err := t.contain()
	if err != nil {
		return err
	}
	say := func() error { web.Append(1, time.Now().UnixNano(), "more\n"); return nil }
	return t.measure(
		func() error { e.Mute(true); return say() },
		func() error { e.Mute(false); return say() },
	)
}
