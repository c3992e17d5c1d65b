// Package listing lists the files of both sides of a copy, in order of their names.
package listing

import (
	"errors"
	"fmt"
	"time"
)

// Entry is a file, or the reason there are no more.
type Entry struct {
	Name string
	Size int64
	Err  error
}

// ErrNoBucket says that the other side is not there.
var ErrNoBucket = errors.New("no such bucket")

// Tree is a folder with many files.
type Tree struct {
	Name  string
	Files int
	// Pace is the time one file takes.
	Pace time.Duration
}

// Local lists the files of a folder of this machine.
func Local(t Tree) <-chan Entry {
	c := make(chan Entry)
	go func() { // leak:func
		defer close(c)
		if err := t.walk(func(e Entry) { put(c, e) }); err != nil {
			put(c, Entry{Err: err})
		}
	}()
	return c
}

// Remote lists the objects of a bucket.
func Remote(t Tree, missing bool) <-chan Entry {
	c := make(chan Entry)
	go func() {
		defer close(c)
		if missing {
			put(c, Entry{Err: fmt.Errorf("list %s: %w", t.Name, ErrNoBucket)})
			return
		}
		if err := t.walk(func(e Entry) { put(c, e) }); err != nil {
			put(c, Entry{Err: err})
		}
	}()
	return c
}

func put(c chan<- Entry, e Entry) { c <- e }

// walk calls found for every file.
func (t Tree) walk(found func(Entry)) error {
	if t.Files < 0 {
		return fmt.Errorf("walk %s: negative size", t.Name)
	}
	for i := range t.Files {
		time.Sleep(t.Pace)
		found(Entry{Name: fmt.Sprintf("%s/%04d", t.Name, i), Size: int64(i) << 10})
	}
	return nil
}
