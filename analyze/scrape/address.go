package scrape

import (
	"context"
	"net"
	"net/url"
	"path"
	"runtime"
	"strconv"
	"strings"

	"github.com/logcap/logcap/analyze/recording"
)

// Address is where a target's pprof endpoint is.
type Address struct {
	// Name is what the user typed, without credentials.
	Name string
	// Scheme is "http", "https", "unix" or "pid"; or "docker", which names a container
	// that is to be found before it can be asked.
	Scheme string
	// Host is host:port; for unix the path of the socket, for pid the number, and
	// for docker the container with or without a port.
	Host string
	// PID is the process of a pid target, which package inspect asks; else 0.
	PID int
	// Prefix is the path in front of /debug/pprof and /metrics, "" or "/some/path".
	Prefix string
	// Pprof is the path of the profiles, "/debug/pprof" unless the user named another.
	Pprof string
	// Labels come from a targets file; nil otherwise.
	Labels map[string]string
	// Dial connects to the target where Host alone does not say how; nil otherwise.
	Dial func(context.Context) (net.Conn, error)

	user *url.Userinfo
}

// Target is the address in the recording's words.
func (a Address) Target() recording.Target {
	if a.Scheme == "pid" {
		return recording.Target{Name: a.Name, Kind: a.Scheme, PID: a.PID}
	}
	return recording.Target{Name: a.Name, Kind: a.Scheme, URL: a.url(a.Pprof + "/")}
}

// url is an address of something at the target, for messages and recordings.
func (a Address) url(p string) string {
	switch a.Scheme {
	case "unix":
		return "unix:" + a.Host + ":" + p
	case "docker":
		return "docker:" + a.Host
	}
	return a.Scheme + "://" + a.Host + p
}

const standardPprof = "/debug/pprof"

// Parse reads one target as a user writes it: host:port, the base URL of a
// service, a URL of its pprof endpoint or of any profile there,
// unix:/path.sock, or pid:N. A file of targets (@targets.json) is for ParseAll.
// Every error is an *Error with a hint.
func Parse(s string) (Address, error) {
	name := oneLine(s)
	switch scheme, rest, _ := strings.Cut(s, ":"); {
	case s == "":
		return Address{}, fail(hintTargets, "parse target: it is empty")
	case strings.HasPrefix(s, "@"):
		return Address{}, fail(hintTargets, "parse target %q: it names a file of targets where one target is wanted", name)
	case strings.ContainsFunc(s, unprintable) || strings.Contains(s, " "):
		return Address{}, fail(hintTargets, "parse target %q: it holds a space or a control character", name)
	case scheme == "pid":
		return parsePID(name, rest)
	case scheme == "docker":
		return parseContainer(name, rest)
	case scheme == "unix":
		return parseUnix(name, rest)
	case strings.HasPrefix(rest, "//"):
		return parseURL(s)
	default:
		return parseBare(s)
	}
}

// parseBare reads host:port, also with the path of a pasted URL behind it.
func parseBare(s string) (Address, error) {
	hostport, _, _ := strings.Cut(s, "/")
	if _, err := strconv.ParseUint(hostport, 10, 16); err == nil {
		return Address{}, fail("write localhost:"+hostport, "parse target %q: a port alone names no host", s)
	}
	if !strings.Contains(hostport, ":") {
		return Address{}, fail("write "+hostport+":6060 (the port the target serves pprof on)", "parse target %q: the port is missing", s)
	}
	if strings.HasPrefix(s, ":") {
		s = "localhost" + s
	}
	a, err := parseURL("http://" + s)
	if err != nil {
		return Address{}, err
	}
	a.Name = strings.TrimPrefix(a.Name, "http://")
	return a, nil
}

// parsePID reads the number of a process on this machine.
func parsePID(name, number string) (Address, error) {
	pid, err := strconv.ParseUint(number, 10, 31)
	if err != nil || pid == 0 {
		return Address{}, fail("write pid:4711; pgrep NAME gives the number", "parse target %q: %q is not the number of a process", name, number)
	}
	return Address{Name: name, Scheme: "pid", Host: number, PID: int(pid)}, nil
}

// parseContainer reads NAME, NAME:PORT or NAME:PORT/PATH.
func parseContainer(name, rest string) (Address, error) {
	const hint = "write docker:NAME for a container's memory, docker:NAME:6060 for its pprof endpoint"
	host, path, _ := strings.Cut(rest, "/")
	container, port, has := strings.Cut(host, ":")
	n, err := strconv.Atoi(port)
	switch {
	case container == "":
		return Address{}, fail(hint, "parse target %q: the container's name is missing", name)
	case !has && rest != host:
		return Address{}, fail(hint, "parse target %q: a path belongs to a port", name)
	case has && (err != nil || n < 1 || n > 65535):
		return Address{}, fail("a port is a number from 1 to 65535", "parse target %q: the port is %q", name, port)
	}
	prefix, pprof := split(path)
	return Address{Name: name, Scheme: "docker", Host: host, Prefix: prefix, Pprof: pprof}, nil
}

func parseUnix(name, p string) (Address, error) {
	p = strings.TrimPrefix(p, "//")
	if p == "" {
		return Address{}, fail("write unix:/run/service.sock", "parse target %q: the path of the socket is missing", name)
	}
	if most := socketPathMax(); len(p) > most {
		return Address{}, fail("make a shorter symbolic link to the socket's directory and name that",
			"parse target %q: the path is %d bytes long, and this system's unix sockets allow %d", name, len(p), most)
	}
	return Address{Name: name, Scheme: "unix", Host: p, Pprof: standardPprof}, nil
}

// socketPathMax is the size of sun_path in sockaddr_un less the byte that ends
// it: 108 on Linux and Windows, 104 on the BSDs and macOS.
func socketPathMax() int {
	switch runtime.GOOS {
	case "linux", "windows":
		return 107
	}
	return 103
}

func parseURL(s string) (Address, error) {
	u, err := url.Parse(s)
	if err != nil {
		// The error of net/url repeats the URL, with its password.
		return Address{}, fail(hintTargets, "parse target: the URL is malformed")
	}
	name := publicName(u)
	if u.Scheme != "http" && u.Scheme != "https" {
		return Address{}, fail(hintTargets, "parse target %q: the scheme %q is none of http, https, unix", name, u.Scheme)
	}
	host, port := u.Hostname(), u.Port()
	if host == "" {
		return Address{}, fail(hintTargets, "parse target %q: the host is missing", name)
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return Address{}, fail("a port is a number from 1 to 65535", "parse target %q: the port is %q", name, port)
	}
	prefix, pprof := split(u.Path)
	return Address{
		Name: name, Scheme: u.Scheme, Host: net.JoinHostPort(host, port),
		Prefix: prefix, Pprof: pprof, user: u.User,
	}, nil
}

// publicName is the URL without credentials and without its query, which may hold a token.
func publicName(u *url.URL) string {
	pub := *u
	pub.User, pub.RawQuery, pub.Fragment = nil, "", ""
	return oneLine(pub.String())
}

// isProfile knows the last path elements by which a pasted URL shows that it is a profile's.
func isProfile(name string) bool {
	switch name {
	case "goroutine", "goroutineleak", "heap", "allocs", "block", "mutex", "threadcreate", "profile", "trace", "cmdline", "symbol":
		return true
	}
	return false
}

// split finds the pprof directory in a URL's path: "/x/debug/pprof/heap" gives
// "/x" and "/x/debug/pprof"; "/x" gives "/x" and "/x/debug/pprof"; and
// "/admin/prof/goroutine", which says where the profiles are, "" and "/admin/prof".
func split(p string) (prefix, pprof string) {
	p = strings.TrimRight(path.Clean("/"+p), "/")
	if i := strings.Index(p+"/", standardPprof+"/"); i >= 0 {
		return p[:i], p[:i] + standardPprof
	}
	if dir, last := path.Split(p); isProfile(last) {
		return "", strings.TrimRight(dir, "/")
	}
	return p, p + standardPprof
}
