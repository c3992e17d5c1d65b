package commands

import "github.com/spf13/pflag"

// exeFlag names the program whose cores are read.
func exeFlag(f *pflag.FlagSet, exe *string) {
	f.StringVar(exe, "exe", "", "executable that left the core (default: the one that the core names)")
}
