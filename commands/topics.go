package commands

import "github.com/spf13/cobra"

// newTopics are the pages of `logcap help`: commands that cannot be run.
func newTopics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "exit-codes", Short: "what the exit codes mean", Long: topicExitCodes},
		{Use: "formats", Short: "what -o can write", Long: topicFormats},
		{Use: "targets", Short: "how to name what is watched and what is read", Long: topicTargets},
		{Use: "environment", Short: "the variables logcap reads", Long: topicEnvironment},
	}
}

const topicExitCodes = `  0    done
  1    could not be done: a target cannot be reached or is no Go process, an input
       cannot be read or is cut short; with --fail-on also when the verdict is
       inconclusive
  2    the command line or the environment is wrong
  3    findings at or above --fail-on
  130  interrupted before any verdict

3 wins over 1: when one target leaks and another cannot be reached, the exit code is 3.
Without --fail-on findings do not change the exit code.

--fail-on names the least verdict that counts:

  confirmed   confirmed
  probable    confirmed, probable, stuck
  suspect     confirmed, probable, stuck, suspect

compare: 0 fixed or improved, 3 unchanged or worse, 1 inconclusive.

lint: 3 when something was reported, 1 when a package does not load.

capture: 0 when a signal ended it or, with --no-follow, when everything was
delivered; 1 when something was not, or could not be read.

A mistyped URL never passes a gate: it is 1 or 2.`

const topicFormats = `-o FORMAT[=FILE] can be given several times; without a FILE the result goes to stdout.

  text   for a terminal; plain where stdout is none
  md     Markdown for GitHub and GitLab, tables and charts included
  json   logcap.report/1; times RFC 3339, durations in seconds, rates per minute.
         Of several targets {"schema":"logcap.reports/1","reports":[...]}

One run writes several:

  logcap leak-watch localhost:6060 --duration 2m -o text -o md=leak.md -o json=leak.json

Everything that came from the target is escaped for the format it is written in.
The recording of a watch is no format: report, sites and compare read it, and
go tool pprof opens every profile in it.`

const topicTargets = `A TARGET of leak-watch and sites is one of

  host:port              http://host:port/debug/pprof/
  http://host:port       the same; https:// with --ca, --cert, --key
  http://host/a/b        a base URL; pprof is looked for below it
  http://host/debug/pprof/goroutine?debug=2
                         a full pprof URL; what it asks for is left to logcap
  unix:/path.sock        HTTP over a unix socket
  pid:4711               a Go process on this machine without any endpoint, read from
                         its memory while it runs (Linux; its user, or root)
  docker:NAME            a container's one Go process, read from its memory (Linux, on
                         the engine's machine); NAME is a name, an id or a service of compose
  docker:NAME:6060       the pprof endpoint on a port of the container, also one that
                         listens on the container's own 127.0.0.1 (Linux, as root)

An endpoint needs two lines of Go in the process; pid: and docker:NAME need none:

  import _ "net/http/pprof"
  go http.ListenAndServe("localhost:6060", nil)

An INPUT of report, sites and compare is one of

  a recording            the directory that leak-watch --record wrote
  a pprof file           goroutine or goroutineleak profile
  a dump                 debug=1, debug=2, SIGQUIT or panic output, also between log lines
  JSON log lines         with goroutine counts
  -                      any of these on stdin, a directory excepted

Types are told by content, not by name; gzip and zstd are read as they are.`

const topicEnvironment = `Every flag can be set by a variable: LOGCAP_ and the flag's name in capitals, - as _.

  LOGCAP_INTERVAL=500ms       --interval 500ms
  LOGCAP_FAIL_ON=probable     --fail-on probable
  LOGCAP_OUTPUT=text,md=x.md  -o text -o md=x.md

The command line wins over the environment.

  NO_COLOR          any value: no colour
  CLICOLOR_FORCE    any value but 0: colour without a terminal
  TERM=dumb         no colour, no moving of the cursor
  TMPDIR            where a watch is recorded without --record
  DOCKER_HOST       the engine that capture asks, and docker: targets:
                    unix:///path.sock, tcp://host:port; with DOCKER_TLS_VERIFY and
                    DOCKER_CERT_PATH as for docker itself

--color wins over all of these. A flag whose value is secret names a file
(--bearer-file, --basic-file, --key); the secret itself is never a flag.`
