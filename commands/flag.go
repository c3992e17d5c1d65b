package commands

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagHint is the next step after a flag that is not there, or not so.
func flagHint(cmd *cobra.Command, err error) string {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		if near := nearFlag(cmd, unknown.GetSpecifiedName()); near != "" {
			return "did you mean --" + near + "?"
		}
	case errors.As(err, &invalid) && strings.Contains(err.Error(), "missing unit in duration"):
		return "say of what: " + invalid.GetValue() + "s, " + invalid.GetValue() + "m or " + invalid.GetValue() + "h"
	}
	return cmd.CommandPath() + " --help lists the flags"
}

// nearFlag is the flag that was meant; "" when none is near.
func nearFlag(cmd *cobra.Command, name string) string {
	var flags []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
	return nearWord(name, flags, 3)
}

// nearWord is the known word that was meant, so many letters away at most; "" when
// none is near. Nearness is cobra's own, which it has for commands only: so the words become commands.
func nearWord(word string, known []string, distance int) string {
	words := &cobra.Command{SuggestionsMinimumDistance: distance}
	for _, k := range known {
		words.AddCommand(&cobra.Command{Use: k, Run: func(*cobra.Command, []string) {}})
	}
	if near := words.SuggestionsFor(word); len(word) > 1 && len(near) > 0 {
		return near[0]
	}
	return ""
}
