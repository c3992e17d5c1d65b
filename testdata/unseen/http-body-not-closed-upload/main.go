// Command http-body-not-closed-upload copies disk images to a datastore, and reads some of them back to compare.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/http-body-not-closed-upload/datastore"
)

func main() {
	service.Main(service.Program{Run: run, Backend: service.HTTP(http.HandlerFunc(host)), Remote: []string{""}})
}

// image is a disk to copy.
type image struct {
	path     string
	contents []byte
	compare  bool
	at       time.Duration
}

type copier struct {
	store  datastore.Store
	copies sync.WaitGroup
	copied atomic.Int64
	failed atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	c := &copier{store: datastore.Retry(datastore.Open("http://"+s.Backend), 2)}
	defer c.copies.Wait()
	return s.Load(ctx, func(r service.Request) {
		img := image{path: fmt.Sprintf("vm-%d/disk.vmdk", r.ID), contents: bytes.Repeat([]byte{0x5a}, 4096), at: r.Work}
		img.compare = r.ID%2 == 0 && !r.Leaks
		if r.Leaks {
			img.path = fmt.Sprintf("templates/%d.vmdk", r.ID%4)
		}
		c.copies.Add(1)
		go c.copy(ctx, img)
	})
}

func (c *copier) copy(ctx context.Context, img image) {
	defer c.copies.Done()
	time.Sleep(img.at / 2)
	err := c.store.Put(ctx, img.path, bytes.NewReader(img.contents))
	if err == nil && img.compare {
		err = c.verify(ctx, img)
	}
	if err != nil {
		c.failed.Add(1)
		return
	}
	c.copied.Add(1)
}

// verify reads the image back.
func (c *copier) verify(ctx context.Context, img image) error {
	body, err := c.store.Get(ctx, img.path)
	if err != nil {
		return err
	}
	defer body.Close()
	back, err := io.ReadAll(body)
	if err == nil && !bytes.Equal(back, img.contents) {
		err = fmt.Errorf("%s came back with %d bytes", img.path, len(back))
	}
	return err
}

// host is the other end. It answers with the list of versions when a file was there before.
func host(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		w.Write(bytes.Repeat([]byte{0x5a}, 4096))
		return
	}
	io.Copy(io.Discard, r.Body)
	if !strings.HasPrefix(r.URL.Path, "/templates/") {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	for version := range 1500 {
		fmt.Fprintf(w, `{"path":%q,"version":%d}`+"\n", r.URL.Path, version)
	}
}
