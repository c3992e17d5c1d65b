// Command guest is what the tests run in containers: 25 parked goroutines and,
// as its arguments say, pprof on addresses, a child like itself, or an exit code.
package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM) // init has no default action
	forever := make(chan struct{})
	for range 25 {
		go park(forever)
	}
	if len(os.Args) > 2 {
		if err := do(os.Args[1], os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	fmt.Println("ready")
	<-stop
}

func park(forever chan struct{}) { <-forever }

func do(what string, args []string) error {
	switch what {
	case "pprof":
		for _, address := range args {
			l, err := net.Listen("tcp", address)
			if err != nil {
				return err
			}
			mux := http.NewServeMux()
			mux.HandleFunc("/debug/pprof/", pprof.Index)
			go http.Serve(l, mux)
		}
	case "child":
		return exec.Command(os.Args[0], args...).Start()
	case "exit":
		code, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		os.Exit(code)
	}
	return nil
}
