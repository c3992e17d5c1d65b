// Command logcap collects logs without leaking and finds goroutine leaks in any Go process.
package main

import (
	"os"

	"github.com/logcap/logcap/commands"
)

func main() {
	commands.Vet(os.Args[1:])
	os.Exit(commands.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
