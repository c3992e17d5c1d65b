package lint

import (
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"
)

// AskedByVet says whether a command line is the go command's, that was told
// `go vet -vettool=logcap`: -V=full and -flags ask what the tool is, and a file
// that ends in .cfg describes a package to look at.
func AskedByVet(args []string) bool {
	if len(args) == 1 && (args[0] == "-V=full" || args[0] == "-flags") {
		return true
	}
	for i, arg := range args {
		if i < len(args)-1 && !strings.HasPrefix(arg, "-") {
			return false
		}
	}
	return len(args) > 0 && strings.HasSuffix(args[len(args)-1], ".cfg")
}

// AnswerVet does what the process's command line says in vet's protocol and ends the process.
func AnswerVet() { unitchecker.Main(Analyzer()) }
