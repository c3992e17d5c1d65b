// Package replicate copies images between regions.
package replicate

import (
	"errors"
	"sync"
	"time"
)

// Image is a machine image in one region.
type Image struct {
	ID   string
	Home string
	Size time.Duration // what a copy takes
}

// Copy is an image in another region, or why there is none.
type Copy struct {
	Region string
	Err    error
}

var errNoRegion = errors.New("no name of a region")

// To copies img to all wanted regions at once. The channel has what became of each and is closed in the end.
func To(img Image, wanted []string, bill func(time.Duration)) <-chan Copy {
	copies := make(chan Copy, len(wanted))
	var pending sync.WaitGroup
	pending.Add(len(wanted)) // cause
	for _, region := range wanted {
		if region == img.Home {
			copies <- Copy{Region: region}
			continue
		}
		go transfer(img, region, func(err error) {
			defer pending.Done()
			bill(img.Size)
			copies <- Copy{region, err}
		})
	}
	go func() { // leak:func
		pending.Wait()
		close(copies)
	}()
	return copies
}

// transfer copies to one region and tells done how it went.
func transfer(img Image, region string, done func(error)) {
	if region == "" {
		done(errNoRegion)
		return
	}
	const parts = 4
	for range parts {
		time.Sleep(img.Size / parts)
	}
	done(nil)
}
