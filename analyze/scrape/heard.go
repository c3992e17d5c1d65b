package scrape

import (
	"bytes"
	"net"
	"strconv"
	"sync"
)

// heard keeps the first bytes that the newest connection brought. net/http
// drops what is no HTTP, and it is what tells the user whom they have called.
type heard struct {
	mu   sync.Mutex
	head []byte
}

// wrap listens on a connection.
func (h *heard) wrap(c net.Conn) net.Conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.head = nil
	return &listened{Conn: c, by: h}
}

// greeting is what a server said that does not speak HTTP, quoted; "" when it
// spoke HTTP or TLS, or said nothing.
func (h *heard) greeting() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	line, _, _ := bytes.Cut(h.head, []byte("\n"))
	line = bytes.TrimSpace(line)
	tls := len(line) > 1 && (line[0] == 0x15 || line[0] == 0x16) && line[1] == 3 // alert or handshake
	if len(line) == 0 || tls || bytes.HasPrefix(h.head, []byte("HTTP/")) {
		return ""
	}
	return strconv.QuoteToASCII(string(line))
}

// listened is a connection whose first bytes are kept.
type listened struct {
	net.Conn
	by   *heard
	done bool
}

// Read is called by one goroutine at a time, as net/http does.
func (l *listened) Read(p []byte) (int, error) {
	const most = 60
	n, err := l.Conn.Read(p)
	if n > 0 && !l.done {
		l.done = true
		l.by.mu.Lock()
		l.by.head = bytes.Clone(p[:min(n, most)])
		l.by.mu.Unlock()
	}
	return n, err
}
