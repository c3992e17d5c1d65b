package scrape

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"strings"
)

// authorise puts the credentials on a request. The files are read each time:
// tokens are replaced while a watch runs.
func (c *Client) authorise(req *http.Request) error {
	switch {
	case c.opts.BearerFile != "":
		token, err := secret("bearer token", c.opts.BearerFile)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	case c.opts.BasicFile != "":
		pair, err := secret("user and password", c.opts.BasicFile)
		if err != nil {
			return err
		}
		user, password, ok := strings.Cut(pair, ":")
		if !ok {
			return fail("the file holds one line, user:password", "read user and password %q: there is no colon in it", c.opts.BasicFile)
		}
		req.SetBasicAuth(user, password)
	case c.addr.user != nil:
		password, _ := c.addr.user.Password()
		req.SetBasicAuth(c.addr.user.Username(), password)
	}
	return nil
}

// secretMax bounds a file with a secret, in bytes.
const secretMax = 64 << 10

// secret reads a file with one line that fits into a header. Errors never repeat its content.
func secret(what, file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", fail("", "read %s: %w", what, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, secretMax+1))
	if err != nil {
		return "", fail("", "read %s: %w", what, err)
	}
	s := strings.TrimRight(string(b), "\r\n")
	switch {
	case len(b) > secretMax:
		return "", fail("", "read %s %q: the file is larger than %d KiB", what, file, secretMax>>10)
	case s == "":
		return "", fail("", "read %s %q: the file is empty", what, file)
	case strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return "", fail("the file holds one line", "read %s %q: it holds control characters", what, file)
	}
	return s, nil
}

// tlsConfig reads the certificates of the options.
func tlsConfig(o Options) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fail("", "read certificate authority: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fail("the file holds -----BEGIN CERTIFICATE----- blocks", "read certificate authority %q: no certificate in it", o.CAFile)
		}
	}
	if o.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, fail("", "read client certificate: %w", err)
		}
		conf.Certificates = []tls.Certificate{cert}
	}
	return conf, nil
}
