package commands

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"path/filepath"
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
	mode := flag.String("mode", "pprof", "pprof, html (a page instead of pprof), empty (no body), heap (another profile), dies (broken bodies after a while)")
	flag.Parse()

	network, at := "tcp", "127.0.0.1:0"
	if *socket != "" {
		network, at = "unix", *socket
	}
	l, err := net.Listen(network, at)
	if err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
	if *rate > 0 {
		go leakEvery(*rate)
	}
	server := &http.Server{Handler: authorised(*token, handler(*mode)), ReadHeaderTimeout: time.Second}
	go server.Serve(l)
	if *addr != "" {
		tmp := *addr + ".tmp" // the script waits for the whole file
		if err := os.WriteFile(tmp, []byte(l.Addr().String()), 0o600); err == nil {
			err = os.Rename(tmp, filepath.Clean(*addr))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "service:", err)
			os.Exit(1)
		}
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	select {
	case <-stop:
	case <-time.After(time.Minute):
	}
}

// leakEvery is the leak: its senders wait for a receiver that never comes.
func leakEvery(d time.Duration) {
	for n := range time.Tick(d) {
		go sendResult(make(chan time.Time), n)
	}
}

func sendResult(to chan time.Time, n time.Time) { to <- n }

func authorised(token string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token != "" && r.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func handler(mode string) http.Handler {
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
	case "dies":
		// The first answers are good; then connections are cut in mid-body.
		var asked atomic.Int32
		mux.HandleFunc("/debug/pprof/", func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) > 8 {
				w.Header().Set("Content-Length", "100000")
				w.WriteHeader(http.StatusOK)
				w.Write([]byte("\x1f\x8b"))
				return
			}
			pprof.Index(w, r)
		})
	default:
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return mux
}
