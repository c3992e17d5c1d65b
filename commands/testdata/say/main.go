// Command say writes what its arguments tell it to, one after the other, and
// is what runs in the containers of capture's tests:
//
//	out:TEXT err:TEXT   to stdout and stderr; \n and \r are what they are in Go
//	long:N              N letters to stdout, without a newline
//	sleep:DURATION
//	count:N:DURATION    the lines 1 to N to stdout, a pause after each
//	stay                until it is told to end
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	for _, arg := range os.Args[1:] {
		what, rest, _ := strings.Cut(arg, ":")
		if err := say(what, rest, end); err != nil {
			fmt.Fprintf(os.Stderr, "say: %s: %v\n", arg, err)
			os.Exit(1)
		}
	}
}

func say(what, rest string, end <-chan os.Signal) error {
	switch what {
	case "out", "err":
		text, err := strconv.Unquote(`"` + rest + `"`)
		if err != nil {
			return err
		}
		to := os.Stdout
		if what == "err" {
			to = os.Stderr
		}
		_, err = to.WriteString(text)
		// Each stream is read by a goroutine of the engine's: lines of both are in order only with time between.
		time.Sleep(20 * time.Millisecond)
		return err
	case "long":
		n, err := strconv.Atoi(rest)
		if err != nil {
			return err
		}
		for i := range n {
			if _, err := fmt.Print(string(rune('a' + i/1000%26))); err != nil {
				return err
			}
		}
	case "sleep":
		d, err := time.ParseDuration(rest)
		if err != nil {
			return err
		}
		time.Sleep(d)
	case "count":
		number, pause, _ := strings.Cut(rest, ":")
		n, err := strconv.Atoi(number)
		if err != nil {
			return err
		}
		d, err := time.ParseDuration(pause)
		if err != nil {
			return err
		}
		for i := range n {
			fmt.Println("line", i+1)
			time.Sleep(d)
		}
	case "stay":
		<-end
	default:
		return fmt.Errorf("there is no %q", what)
	}
	return nil
}
