// Command lint-bars measures what logcap lint says of source whose truth is known.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/logcap/logcap/analyze/explain/lint"
)

func main() {
	begin := time.Now()
	r, err := lint.Run(context.Background(), os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, e := range r.Errors {
		fmt.Println("error:", e)
	}
	for _, x := range r.Reports {
		fmt.Printf("%s:%d:%d: %s [%s]\n", x.File, x.Line, x.Column, x.Message, x.Mechanism)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Println(r.Packages, time.Since(begin), m.Sys>>20)
}
