package sink

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"
)

// HTTPOptions is where and how an HTTP sink posts.
type HTTPOptions struct {
	URL        string        // http or https, with a host, without user and password
	Compress   string        // "zstd", "gzip" or "none"; "" means zstd
	Timeout    time.Duration // for a whole request; 0 means 30 s
	TokenFile  string        // holds a bearer token, read again for each request; "" means none
	BasicFile  string        // holds user:password, read again for each request; "" means none
	HeaderFile string        // holds more headers, one "Name: value" a line, read again for each request; "" means none
	CAFile     string        // PEM of the authorities that the server's certificate is checked with; "" means the system's
	UserAgent  string        // "" means logcap

	Now func() time.Time // the clock that a Retry-After in the form of a date is held against; nil means time.Now
}

// defaultTimeout is how long a request may take in all.
const defaultTimeout = 30 * time.Second

// ParseHTTP reads URL#compress=zstd|gzip|none&timeout=30s&token-file=PATH&header-file=PATH&ca-file=PATH.
// The part behind the # is never sent.
func ParseHTTP(spec string) (HTTPOptions, error) {
	address, text, _ := strings.Cut(spec, "#")
	named := "http=" + withoutSecrets(address)
	if _, err := checkAddress("http", "http://localhost:8080/logs", address, `put the line "Authorization: Basic …" into a file and write #header-file=PATH, or a bearer token and #token-file=PATH`); err != nil {
		return HTTPOptions{}, err
	}
	opts, err := parseOptions(named, text, []string{"compress", "timeout", "token-file", "header-file", "ca-file"})
	if err != nil {
		return HTTPOptions{}, err
	}
	o := HTTPOptions{URL: address, TokenFile: opts["token-file"], HeaderFile: opts["header-file"], CAFile: opts["ca-file"]}
	if o.Compress, err = opts.choice(named, "compress", "zstd", "gzip", "none"); err != nil {
		return HTTPOptions{}, err
	}
	if o.Timeout, err = opts.duration(named, "timeout", defaultTimeout); err != nil {
		return HTTPOptions{}, err
	}
	return o, nil
}

// checkAddress takes the address of a sink of that kind apart. An error names an example, or what to do with a user and password.
func checkAddress(kind, example, address, user string) (*url.URL, error) {
	fail := func(text, hint string) (*url.URL, error) {
		return nil, &SpecError{kind + "=" + withoutSecrets(address), text, hint}
	}
	if address == "" {
		return fail("no address", "write for example "+kind+"="+example)
	}
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return fail("no scheme", "write "+kind+"=http://"+withoutSecrets(strings.TrimPrefix(address, "//")))
	}
	if s := strings.ToLower(scheme); s != "http" && s != "https" {
		hint := "the sink knows http and https"
		if near := nearest(s, []string{"https", "http"}); near != "" {
			hint = "did you mean " + near + "://" + withoutSecrets(rest) + "?"
		}
		return fail("unknown scheme "+scheme, hint)
	}
	u, err := url.Parse(address)
	if err != nil {
		if e, ok := err.(*url.Error); ok { // it repeats the address, secrets and all
			err = e.Err
		}
		return fail(err.Error(), "")
	}
	if u.Host == "" || u.Hostname() == "" {
		return fail("no host", "write for example "+kind+"="+example)
	}
	if u.User != nil {
		return fail("a user or password in the address would be seen by everyone who can list processes", user)
	}
	return u, nil
}

// withoutSecrets is an address as it may be shown: without user, password and query.
func withoutSecrets(address string) string {
	address, _, _ = strings.Cut(address, "?")
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		scheme, rest = "", address
	} else {
		scheme += "://"
	}
	host, path, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		rest = "…" + host[i:]
		if path != "" {
			rest += "/" + path
		}
	}
	return scheme + rest
}

// readSmall is the text of a file that holds a secret; one larger than 64 KiB is another file.
func readSmall(path string) (string, error) {
	const most = 64 << 10
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return "", err
	}
	if len(text) > most {
		return "", fmt.Errorf("%s is larger than 64 KiB", path)
	}
	return string(text), nil
}

// token says that s can be the name of a header.
func token(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// printable says that s can be the value of a header.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
