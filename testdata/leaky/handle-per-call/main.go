// Command handle-per-call loads settings. Every load opens a handle of its own — a database, or a watcher of a library — and an
// incomplete setting returns before it is closed.
package main

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"logcap.test/programs/leaky/handle-per-call/config"
	"logcap.test/programs/leaky/handle-per-call/internal/settingsdb"
	"logcap.test/programs/leaky/handle-per-call/store"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"sql", "watcher"}}) }

type console struct {
	loader *config.Loader
	loads  sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	sql.Register("settings", settingsdb.Driver{})
	var from store.Opener = store.Tables{Driver: "settings"}
	if s.Variant == "watcher" {
		from = store.Files{Look: time.Second}
	}
	c := &console{loader: config.NewLoader(from)}
	start := service.Pick(s.Style, c.startInline, c.startMethod, c.startGroup)
	return s.Load(ctx, func(r service.Request) {
		start(config.Tenant{ID: r.ID, Draft: r.Leaks, Parse: r.Work})
	})
}

func (c *console) startInline(t config.Tenant) {
	go func() { c.loader.Load(t) }()
}

func (c *console) startMethod(t config.Tenant) {
	go c.loader.Load(t)
}

func (c *console) startGroup(t config.Tenant) {
	c.loads.Go(func() { c.loader.Load(t) })
}
