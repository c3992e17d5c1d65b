package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// child is what this program does as a process that is measured, or as the receiver of one.
func child(name string, args []string) error {
	switch name {
	case "blocks":
		return blocks(args[0])
	case "receive":
		return receive()
	}
	return encodeChild(name, args[0])
}

// blocks is the least a Go collector can do: blocks of 256 KiB through a channel to a goroutine that finds the lines.
func blocks(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	full, free := make(chan []byte, 4), make(chan []byte, 8)
	for range cap(free) {
		free <- make([]byte, 256<<10)
	}
	lines := make(chan int)
	go func() {
		n := 0
		for b := range full {
			for rest := b; ; n++ {
				i := bytes.IndexByte(rest, '\n')
				if i < 0 {
					break
				}
				rest = rest[i+1:]
			}
			free <- b[:cap(b)]
		}
		lines <- n
	}()
	for {
		b := <-free
		n, err := f.Read(b)
		if n > 0 {
			full <- b[:n]
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	close(full)
	fmt.Println(<-lines)
	return nil
}

// receive takes every body and throws it away. It prints its address, and ends when its stdin does.
func receive() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	s := &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
		}),
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = s.Close()
	}()
	if err := s.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}
