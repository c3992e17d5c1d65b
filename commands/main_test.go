package commands

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files and docs/ instead of comparing with them")

// TestMain makes this test binary be logcap, and the services that scripts
// watch, when a script runs it under that name.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m, func() error { return goleak.Find() }}, map[string]func(){
		"logcap":    func() { Vet(os.Args[1:]); os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		"service":   serviceMain,
		"strangers": strangersMain,
	})
}

// leakChecked fails a run that passed and left goroutines.
type leakChecked struct {
	m     *testing.M
	leaks func() error
}

// builtIn is the directory of what tests have built; "" when they have not.
var builtIn string

func (c leakChecked) Run() int {
	code := c.m.Run()
	if builtIn != "" {
		_ = os.RemoveAll(builtIn) // a temporary directory: the system would
	}
	if err := c.leaks(); err != nil && code == 0 {
		os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	return code
}
