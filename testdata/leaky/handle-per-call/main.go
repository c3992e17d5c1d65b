// Command handle-per-call loads settings. Every load opens a handle of its own — a database, or a watcher of a library — and an
// incomplete setting returns before it is closed.
package main

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/service/lib"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"sql", "watcher"}}) }

var errIncomplete = errors.New("setting is incomplete")

type loader struct {
	load  func(service.Request) error
	loads sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	sql.Register("settings", settings{})
	l := &loader{load: loadRow}
	if s.Variant == "watcher" {
		l.load = loadFile
	}
	start := service.Pick(s.Style, l.startInline, l.startMethod, l.startGroup)
	return s.Load(ctx, start)
}

func (l *loader) startInline(r service.Request) {
	go func() { l.load(r) }()
}

func (l *loader) startMethod(r service.Request) {
	go l.load(r)
}

func (l *loader) startGroup(r service.Request) {
	l.loads.Go(func() { l.load(r) })
}

// loadRow reads a setting from the database.
func loadRow(r service.Request) error {
	db, err := sql.Open("settings", "") // cause:sql
	if err != nil {
		return err
	}
	var value string
	if err := db.QueryRow("select value", strconv.Itoa(r.ID)).Scan(&value); err != nil {
		return err
	}
	time.Sleep(r.Work)
	if r.Leaks {
		return errIncomplete
	}
	return db.Close()
}

// loadFile reads a setting as soon as a watcher announces it.
func loadFile(r service.Request) error {
	w := lib.NewWatcher(strconv.Itoa(r.ID), time.Second) // cause:watcher
	<-w.Changes()
	time.Sleep(r.Work)
	if r.Leaks {
		return errIncomplete
	}
	w.Close()
	return nil
}
