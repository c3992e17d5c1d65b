package service

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// noise is a crowd of healthy goroutines: 200 to 400 alive at a time from six sites, each living 50 ms to 3 s.
type noise struct {
	wg    sync.WaitGroup
	cache sync.Mutex
	jobs  chan struct{}
	peer  string
}

// makeNoise starts goroutines at a slowly swinging rate until ctx ends, and waits for the last of them.
func makeNoise(ctx context.Context, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 3))
	n := &noise{jobs: make(chan struct{})}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return
	}
	n.peer = ln.Addr().String()
	n.wg.Go(func() { n.answer(ln) })
	defer n.wg.Wait()
	defer ln.Close()

	const tick = 25 * time.Millisecond
	level := 230 + 70*r.Float64() // goroutines alive on average
	swing := 30 + 60*r.Float64()  // seconds
	begin := time.Now()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	due := 0.0
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		wave := 1 + 0.15*math.Sin(2*math.Pi*time.Since(begin).Seconds()/swing)
		// Lives average 1.5 s, and one kind of six has a second goroutine at its other end.
		due += level * wave / 1.5 * tick.Seconds() * (0.5 + r.Float64())
		for ; due >= 1; due-- {
			n.start(ctx, r.IntN(5), time.Duration(50+r.IntN(2950))*time.Millisecond, r.IntN(40) == 0)
		}
	}
}

// start begins one goroutine of the given kind that lives about life.
func (n *noise) start(ctx context.Context, kind int, life time.Duration, slow bool) {
	switch kind {
	case 0:
		n.wg.Go(func() { time.Sleep(life) })
	case 1:
		reply := make(chan int)
		n.wg.Add(2)
		go func() {
			defer n.wg.Done()
			<-reply
		}()
		go n.compute(life, reply)
	case 2:
		n.wg.Go(func() { n.await(ctx, life) })
	case 3:
		n.wg.Add(1)
		go n.touchCache(slow)
	case 4:
		n.wg.Add(1)
		go n.fetch(life)
	}
}

func (n *noise) compute(life time.Duration, reply chan<- int) {
	defer n.wg.Done()
	time.Sleep(life)
	reply <- int(life)
}

func (n *noise) await(ctx context.Context, life time.Duration) {
	deadline := time.NewTimer(life)
	defer deadline.Stop()
	select {
	case <-ctx.Done():
	case <-n.jobs:
	case <-deadline.C:
	}
}

// touchCache holds the lock for a moment; a slow one makes the others queue.
func (n *noise) touchCache(slow bool) {
	defer n.wg.Done()
	n.cache.Lock()
	defer n.cache.Unlock()
	if slow {
		time.Sleep(500 * time.Millisecond)
		return
	}
	time.Sleep(time.Millisecond)
}

// fetch asks the peer to answer after life and waits in Read for it.
func (n *noise) fetch(life time.Duration) {
	defer n.wg.Done()
	conn, err := net.Dial("tcp", n.peer)
	if err != nil {
		return
	}
	defer conn.Close()
	if _, err := conn.Write([]byte{byte(life / (20 * time.Millisecond))}); err != nil {
		return
	}
	io.ReadAll(conn)
}

// answer is the peer: it reads a time and closes the connection after it.
func (n *noise) answer(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		n.wg.Go(func() {
			defer conn.Close()
			var life [1]byte
			if _, err := io.ReadFull(conn, life[:]); err == nil {
				time.Sleep(time.Duration(life[0]) * 20 * time.Millisecond)
			}
		})
	}
}
