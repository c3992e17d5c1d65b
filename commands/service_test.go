package commands

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	rpprof "runtime/pprof"
	"sync/atomic"
	"time"
)

// serviceMain is a process that scripts watch: pprof on a loopback port or a
// unix socket, and one way to behave. It ends when it is told to, or after a minute.
func serviceMain() {
	addr := flag.String("addr", "", "file to write the address to, once it answers")
	socket := flag.String("unix", "", "path of a unix socket to listen on instead of a port")
	rate := flag.Duration("leak-every", 0, "leak a goroutine so often; 0: never")
	token := flag.String("token", "", "answer only with this bearer token")
	asked := flag.String("asked", "", "with -mode silent or hangs, file to write when a question will not be answered")
	mode := flag.String("mode", "pprof", "pprof, html (a page instead of pprof), empty (no body), heap (another profile), silent (no answer), flaky (broken answers for a while), hangs (no answer after a while)")
	heap := flag.String("heap", "", "write a heap profile to this file, and end")
	flag.Parse()
	if *heap != "" {
		exitOn(writeHeap(*heap))
		return
	}

	network, at := "tcp", "127.0.0.1:0"
	if *socket != "" {
		network, at = "unix", *socket
	}
	l, err := net.Listen(network, at)
	exitOn(err)
	if *rate > 0 {
		go leakEvery(*rate)
	}
	server := &http.Server{Handler: authorised(*token, handler(*mode, *asked)), ReadHeaderTimeout: time.Second}
	go server.Serve(l)
	if *addr != "" {
		tmp := *addr + ".tmp" // the script waits for the whole file
		exitOn(os.WriteFile(tmp, []byte(l.Addr().String()), 0o600))
		exitOn(os.Rename(tmp, *addr))
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	select {
	case <-stop:
	case <-time.After(5 * time.Minute):
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

func writeHeap(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := rpprof.Lookup("heap").WriteTo(f, 0); err != nil {
		return err
	}
	return f.Close()
}

// leakEvery is the leak: its senders wait for a receiver that never comes.
func leakEvery(d time.Duration) {
	for n := range time.Tick(d) {
		go sendResult(make(chan time.Time), n)
	}
}

func sendResult(to chan time.Time, n time.Time) { to <- n }

// hang answers nothing, and says so in a file.
func hang(r *http.Request, file string) {
	exitOn(os.WriteFile(file, []byte(r.URL.String()+"\n"), 0o600))
	<-r.Context().Done()
}

func authorised(token string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token != "" && r.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func handler(mode, asked string) http.Handler {
	mux := http.NewServeMux()
	switch mode {
	case "html":
		mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<!DOCTYPE html><html><body>Welcome</body></html>")
		})
	case "empty":
		mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	case "heap":
		mux.Handle("/debug/pprof/goroutine", pprof.Handler("heap"))
	case "silent":
		mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
			hang(r, asked)
		})
	case "flaky", "hangs":
		// The first answers are good, then some are cut in mid-body, or none comes at all.
		var answered atomic.Int32
		mux.HandleFunc("/debug/pprof/", func(w http.ResponseWriter, r *http.Request) {
			switch n := answered.Add(1); {
			case n <= 8 || mode == "flaky" && n > 14:
				pprof.Index(w, r)
			case mode == "flaky":
				w.Header().Set("Content-Length", "100000")
				w.Write([]byte("\x1f\x8b"))
			default:
				hang(r, asked)
			}
		})
	default:
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return mux
}
