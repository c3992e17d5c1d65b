package scrape

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/logcap/logcap/analyze/recording"
)

// A server of another protocol is known by its own words, and they are shown
// as nothing that could move a cursor.
func TestServerThatTalksFirst(t *testing.T) {
	for _, tt := range []struct{ name, says, want string }{
		{"ssh", "SSH-2.0-OpenSSH_9.6\r\n", `it says "SSH-2.0-OpenSSH_9.6"`},
		{"smtp", "220 mail \x1b[31mready\r\n" + strings.Repeat("x", 10_000), `it says "220 mail \x1b[31mready"`},
		{"binary", "J\x00\x00\x00\x0a8.0.33\x00", `it says "J\x00\x00\x00"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var serving sync.WaitGroup
			serving.Go(func() {
				c, err := l.Accept()
				if err != nil {
					return
				}
				io.WriteString(c, tt.says)
				io.Copy(io.Discard, c) // until the client has had enough
				c.Close()
			})
			defer serving.Wait()
			defer l.Close()
			res := client(t, l.Addr().String(), Options{}).Scrape(t.Context(), recording.Goroutine)
			if res.Failure == nil || !strings.Contains(res.Err, tt.want) || strings.ContainsAny(res.Err, "\n\x1b") {
				t.Errorf("got %q, want %q in one clean line", res.Err, tt.want)
			}
		})
	}
}
