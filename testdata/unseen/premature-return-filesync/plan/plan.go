// Package plan compares two listings and says what is to be copied.
package plan

import "logcap.test/programs/unseen/premature-return-filesync/listing"

// Step is one file to copy, or an error that ends the plan.
type Step struct {
	listing.Entry
	Delete bool
}

// Make compares source with dest. The returned channel is closed at the end of the plan.
func Make(source, dest <-chan listing.Entry, prune bool) <-chan Step {
	steps := make(chan Step)
	go func() {
		defer close(steps)
		there, err := collect(dest)
		if err != nil {
			steps <- Step{Entry: listing.Entry{Err: err}}
			return // cause
		}
		for e := range source {
			size, known := there[e.Name]
			delete(there, e.Name)
			if e.Err == nil && known && size == e.Size {
				continue
			}
			steps <- Step{Entry: e}
		}
		if !prune {
			return
		}
		for name := range there {
			steps <- Step{Entry: listing.Entry{Name: name}, Delete: true}
		}
	}()
	return steps
}

// collect reads a listing to its end.
func collect(c <-chan listing.Entry) (map[string]int64, error) {
	sizes := map[string]int64{}
	var failed error
	for e := range c {
		if e.Err != nil {
			failed = e.Err
			continue
		}
		sizes[e.Name] = e.Size
	}
	return sizes, failed
}
