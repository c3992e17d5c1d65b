// Command http-body-not-closed downloads avatars through one shared client. When the status is not 200 it returns without closing the
// body, and the connection's two goroutines stay.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() {
	service.Main(service.Program{
		Run:      run,
		Variants: []string{"remote", "local"},
		Remote:   []string{"remote"},
		Backend:  service.HTTP(http.HandlerFunc(avatars)),
	})
}

// avatars answers like any picture server: a picture, or an error page.
func avatars(w http.ResponseWriter, r *http.Request) {
	req := service.FromHTTP(r)
	time.Sleep(req.Work / 4)
	if req.Leaks {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, strings.Repeat("no such user\n", 100))
		return
	}
	io.WriteString(w, strings.Repeat("picture", 500))
}

type downloader struct {
	client *http.Client
	addr   string
	wg     sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	d := &downloader{client: &http.Client{Transport: &http.Transport{IdleConnTimeout: 90 * time.Second}}, addr: s.Backend}
	start := service.Pick(s.Style, d.startInline, d.startMethod, d.startGroup)
	return s.Load(ctx, start)
}

func (d *downloader) startInline(r service.Request) {
	go func() { d.download(r) }()
}

func (d *downloader) startMethod(r service.Request) {
	go d.download(r)
}

func (d *downloader) startGroup(r service.Request) {
	d.wg.Go(func() { d.download(r) })
}

// download fetches one picture.
func (d *downloader) download(r service.Request) ([]byte, error) {
	resp, err := d.client.Get(fmt.Sprintf("http://%s/%d?leaks=%t&work=%s", d.addr, r.ID, r.Leaks, r.Work)) // cause
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("download picture %d: %s", r.ID, resp.Status)
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}
