// Package guest plays the machines and the users in front of them.
package guest

import (
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Machine writes to its console until it is switched off.
func Machine(uptime time.Duration, wg *sync.WaitGroup) net.Conn {
	console, inside := net.Pipe()
	wg.Add(2)
	go func() {
		defer wg.Done()
		io.Copy(io.Discard, inside)
	}()
	go func() {
		defer wg.Done()
		defer inside.Close()
		const lines = 5
		for i := range lines {
			time.Sleep(uptime / lines)
			if _, err := fmt.Fprintf(inside, "[%d] up\n", i); err != nil {
				return
			}
		}
	}()
	return console
}

// User reads what comes, and types something at first.
func User(wg *sync.WaitGroup) net.Conn {
	near, far := net.Pipe()
	wg.Add(1)
	go func() {
		defer wg.Done()
		defer far.Close()
		typed := make(chan struct{})
		go func() {
			defer close(typed)
			io.WriteString(far, "root\n")
		}()
		io.Copy(io.Discard, far)
		<-typed
	}()
	return near
}
