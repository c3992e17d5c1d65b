package main

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// proxy stands before an engine and cuts every connection after a random time.
type proxy struct {
	listener net.Listener
	engine   string
	least    time.Duration
	most     time.Duration
	cuts     atomic.Int64 // connections that were cut and not ended by either side
	all      sync.WaitGroup
}

func newProxy(path, engine string, least, most time.Duration) (*proxy, error) {
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, engine: engine, least: least, most: most}
	p.all.Go(p.serve)
	return p, nil
}

func (p *proxy) serve() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.all.Go(func() { p.pass(c) })
	}
}

// pass carries bytes both ways until one side ends or the time is over.
func (p *proxy) pass(c net.Conn) {
	defer c.Close()
	to, err := net.Dial("unix", p.engine)
	if err != nil {
		return
	}
	defer to.Close()
	deadline := time.Now().Add(p.least + time.Duration(rand.Int64N(int64(p.most-p.least))))
	_ = errors.Join(c.SetDeadline(deadline), to.SetDeadline(deadline)) // a closed one ends the copying anyway
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(to, c)
		_ = to.(*net.UnixConn).CloseWrite()
	})
	_, err = io.Copy(c, to)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		p.cuts.Add(1)
	}
	_, _ = c.Close(), to.Close()
	both.Wait()
}

// close ends all connections and waits for them.
func (p *proxy) close() {
	_ = p.listener.Close()
	p.all.Wait()
}
