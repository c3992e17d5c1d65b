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

	"logcap.test/programs/leaky/http-body-not-closed/avatar"
	"logcap.test/programs/leaky/http-body-not-closed/fetch"
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
	gallery *avatar.Gallery
	wg      sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	host := fetch.NewHost(s.Backend)
	defer host.Close()
	d := &downloader{gallery: avatar.NewGallery(host)}
	start := service.Pick(s.Style, d.startInline, d.startMethod, d.startGroup)
	return s.Load(ctx, func(r service.Request) {
		start(ctx, fmt.Sprintf("/%d?leaks=%t&work=%s", r.ID, r.Leaks, r.Work))
	})
}

func (d *downloader) startInline(ctx context.Context, path string) {
	go func() { d.gallery.Download(ctx, path) }()
}

func (d *downloader) startMethod(ctx context.Context, path string) {
	go d.gallery.Download(ctx, path)
}

func (d *downloader) startGroup(ctx context.Context, path string) {
	d.wg.Go(func() { d.gallery.Download(ctx, path) })
}
