package commands

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const envPrefix = "LOGCAP_"

// fromVariable marks flags that the environment has set, so that it can be said of a value where it came from.
const fromVariable = "logcap_variable"

// variable is the environment's name of a flag: --fail-on is LOGCAP_FAIL_ON.
func variable(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnvironment sets the flags that the command line did not. A value that a
// flag refuses is a usage error which names the variable.
func fromEnvironment(cmd *cobra.Command, lookup func(string) (string, bool)) error {
	var failed error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		value, ok := lookup(variable(f.Name))
		if !ok || value == "" || f.Changed || failed != nil || f.Name == "help" {
			return
		}
		values := []string{value}
		if _, many := f.Value.(*outputs); many {
			values = strings.Split(value, ",")
		}
		for _, v := range values {
			if err := f.Value.Set(v); err != nil {
				failed = usagef("", "read %s=%q from the environment: %w", variable(f.Name), value, err)
			}
		}
		f.Changed = true
		if f.Annotations == nil {
			f.Annotations = map[string][]string{}
		}
		f.Annotations[fromVariable] = []string{variable(f.Name)}
	})
	return failed
}
