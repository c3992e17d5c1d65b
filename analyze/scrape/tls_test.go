package scrape

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/analyze/recording"
)

// authority signs certificates for one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t), file: filepath.Join(t.TempDir(), "ca.pem")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	write(t, a.file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return a
}

// issue writes a certificate and its key and gives their files.
func (a *authority) issue(t *testing.T, name string, until time.Time) (certFile, keyFile string) {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write(t, certFile, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})))
	return certFile, keyFile
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// serveTLS serves pprof with a certificate for name; clients need one of the authority's.
func (a *authority) serveTLS(t *testing.T, name string, until time.Time, clients bool) string {
	t.Helper()
	certFile, keyFile := a.issue(t, name, until)
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(target())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	if clients {
		s.TLS.ClientAuth = tls.RequireAndVerifyClientCert
		s.TLS.ClientCAs = x509.NewCertPool()
		s.TLS.ClientCAs.AddCert(a.cert)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

func TestTLS(t *testing.T) {
	later := time.Now().Add(time.Hour)
	ours, theirs := newAuthority(t), newAuthority(t)
	certFile, keyFile := ours.issue(t, "logcap", later)
	open := ours.serveTLS(t, "127.0.0.1", later, false)
	closed := ours.serveTLS(t, "127.0.0.1", later, true)
	misnamed := ours.serveTLS(t, "elsewhere.example", later, false)
	expired := ours.serveTLS(t, "127.0.0.1", time.Now().Add(-time.Hour), false)
	plain := serve(t, target()).URL

	for name, test := range map[string]struct {
		address string
		o       Options
		words   string // "" when it must work
		hint    string
	}{
		"authority":         {address: open, o: Options{CAFile: ours.file}},
		"client":            {address: closed, o: Options{CAFile: ours.file, CertFile: certFile, KeyFile: keyFile}},
		"no authority":      {address: open, words: "signed by nobody known", hint: "--ca"},
		"another authority": {address: open, o: Options{CAFile: theirs.file}, words: "signed by nobody known", hint: "--ca"},
		// The alert may be lost when the server closes behind it: either way the hint is the same.
		"no client":    {address: closed, o: Options{CAFile: ours.file}, words: "get https:", hint: "a client certificate: --cert and --key"},
		"another name": {address: misnamed, o: Options{CAFile: ours.file}, words: "for another name", hint: "name the target"},
		"expired":      {address: expired, o: Options{CAFile: ours.file}, words: "not valid", hint: "renew"},
		"plain server": {address: strings.Replace(plain, "http:", "https:", 1), words: "does not speak TLS", hint: "http://"},
		"plain client": {address: strings.Replace(open, "https:", "http:", 1), words: "it speaks HTTPS", hint: "https://"},
	} {
		t.Run(name, func(t *testing.T) {
			res := client(t, test.address, test.o).Scrape(t.Context(), recording.Goroutine)
			if test.words == "" {
				if res.Failure != nil {
					t.Error(res.Failure)
				}
				return
			}
			if res.Failure == nil || !strings.Contains(res.Err, test.words) || !strings.Contains(res.Failure.Hint(), test.hint) {
				t.Errorf("got %v with hint %q, want %q with %q", res.Failure, hintOf(res.Failure), test.words, test.hint)
			}
		})
	}
}

func TestBadCertificateFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.pem")
	write(t, file, "not PEM")
	for name, o := range map[string]Options{
		"no authority in the file": {CAFile: file},
		"no such authority":        {CAFile: file + "no"},
		"half a pair":              {CertFile: file},
		"no pair in the files":     {CertFile: file, KeyFile: file},
		"relative path":            {Path: "debug/pprof"},
	} {
		if _, err := New(Address{Scheme: "https", Host: "h:1"}, o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
