// Package device is the things that are asked.
package device

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"time"
)

// Serve answers "state N" after N milliseconds.
func Serve(ln net.Listener) error {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		go answer(conn) // peer
	}
}

func answer(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		millis, ok := strings.CutPrefix(lines.Text(), "state ")
		if !ok {
			continue
		}
		if d, err := time.ParseDuration(millis + "ms"); err == nil {
			time.Sleep(d)
			fmt.Fprintln(conn, "on")
		}
	}
}
