// Loki holds logcap's Loki sink against a real receiver of Loki's pushes: it builds
// VictoriaLogs from its module (the first time that takes some minutes and needs the Go module proxy), starts it,
// runs `logcap capture --to loki=…` and compares what the receiver has with what was written.
//
//	cd scripts/loki && go run . [-bin logcap] [-cache DIR] [-lines N]
//
// Loki itself is not built: its licence (AGPL) is none that this project takes code under, be it for a test.
// With -url it is asked instead of VictoriaLogs, when you have one running. Exit 1 when something is missing, doubled or different.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

type options struct {
	bin, cache, url string
	lines           int
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "", "logcap to try (default: built from this tree)")
	flag.StringVar(&o.cache, "cache", "", "where what is built is kept (default: in the user's cache directory)")
	flag.StringVar(&o.url, "url", "", "a running Loki to try in place of VictoriaLogs, like http://localhost:3100")
	flag.IntVar(&o.lines, "lines", 20000, "lines to write")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := try(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "loki:", err)
		os.Exit(1)
	}
}

// try runs everything in a directory that is gone afterwards.
func try(ctx context.Context, o options) (err error) {
	if o.cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		o.cache = filepath.Join(dir, "logcap-scripts")
	}
	if err := os.MkdirAll(o.cache, 0o750); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "loki-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if o.bin == "" {
		o.bin = filepath.Join(dir, "logcap")
		if err := build(ctx, "../..", o.bin, "./cmd/logcap"); err != nil {
			return err
		}
	}
	if o.url != "" {
		return scenarios(ctx, o, dir, &store{push: o.url, query: o.url, loki: true})
	}
	server := filepath.Join(o.cache, "victoria-logs")
	if err := build(ctx, ".", server, "github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs"); err != nil {
		return err
	}
	s, stop, err := startVictoriaLogs(ctx, server, filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	return scenarios(ctx, o, dir, s)
}

// build makes a program of a package; the go command does nothing when it is there and new.
func build(ctx context.Context, module, to, pkg string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", to, pkg)
	cmd.Dir, cmd.Stderr = module, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build %s: %w", pkg, err)
	}
	return nil
}
