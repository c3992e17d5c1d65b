// Package avatar keeps the pictures of users.
package avatar

import (
	"context"
	"io"
	"sync"

	"logcap.test/programs/leaky/http-body-not-closed/fetch"
)

// largest is the number of bytes a picture may have.
const largest = 1 << 20

// Picture is what a user looks like.
type Picture struct {
	Bytes []byte
}

// Gallery holds the pictures that were downloaded, by their paths.
type Gallery struct {
	from     fetch.Source
	mu       sync.Mutex
	pictures map[string]Picture
}

// NewGallery makes an empty gallery that is filled from a source.
func NewGallery(from fetch.Source) *Gallery {
	return &Gallery{from: from, pictures: map[string]Picture{}}
}

// Download gets one picture.
func (g *Gallery) Download(ctx context.Context, path string) error {
	p, err := fetch.Read(ctx, g.from, path, parse)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pictures[path] = p
	return nil
}

func parse(r io.Reader) (Picture, error) {
	b, err := io.ReadAll(io.LimitReader(r, largest))
	return Picture{Bytes: b}, err
}
