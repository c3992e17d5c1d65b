package commands

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/logcap/logcap/capture/config"
)

func newCaptureCheck(s *streams) *cobra.Command {
	opts := &captureOptions{streams: s, maxLine: 1 << 20}
	cmd := &cobra.Command{
		Use:   "check -c FILE",
		Short: "say what is wrong with a configuration, or what is in force with it",
		Long: `Read a configuration as capture does, and start nothing.

When it has mistakes, each is a line of FILE:LINE:COLUMN: on stdout, with what was
probably meant, and the exit code is 2. Otherwise stdout is the configuration that
is in force, as YAML: every value with the line, flag or variable that it came from.
Secrets are masked. Files that hold secrets have to be readable; destinations and
containers are not asked whether they are there.`,
		Example: `  logcap capture check -c logcap.yaml
  LOGCAP_STATE=/var/lib/other logcap capture check -c logcap.yaml --no-follow`,
		Args: takes(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return opts.checkConfig() },
	}
	opts.flags(cmd.Flags())
	return cmd
}

// checkConfig writes what is wrong with a configuration, or what is in force.
func (o *captureOptions) checkConfig() error {
	if o.config == "" {
		return usagef("logcap capture check -c FILE", "there is no configuration to check")
	}
	if err := o.excluded(); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	c, err := o.readConfig()
	if err == nil {
		_, err = fmt.Fprint(o.out, c.Effective())
		return err
	}
	all := mistakes(err)
	if _, placed := all[0].(*config.Error); !placed {
		return err // the file cannot be read
	}
	for _, one := range all {
		text := one.Error()
		if hint := hintOf(one); hint != "" {
			text += "; " + hint
		}
		if _, err := fmt.Fprintln(o.out, strings.TrimRight(printable(text, false), " ")); err != nil {
			return err
		}
	}
	return usagef("", "check %s: %s", o.config, count(len(all), "mistake"))
}
