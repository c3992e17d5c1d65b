// Package picture is what people send to be resized.
package picture

import (
	"errors"
	"time"
)

// ErrFormat says that a file is no picture.
var ErrFormat = errors.New("the format is not known")

// File is one picture that has not been read.
type File struct {
	format string
	size   time.Duration
}

// Album is files that belong together.
type Album []File

// Scan returns an album of n files. Each takes size to resize; the last may come from a camera nobody has heard of.
func Scan(n int, size time.Duration, strange bool) Album {
	var a Album
	for range n {
		a = append(a, File{format: "jpeg", size: size})
	}
	if strange {
		a[n-1].format = "raw"
	}
	return a
}

// Image is a picture that has been read.
type Image struct{ size time.Duration }

// Read reads a picture.
func Read(f File) (*Image, error) {
	if f.format != "jpeg" {
		return nil, ErrFormat
	}
	return &Image{size: f.size}, nil
}

// Scale makes the picture smaller.
func (im *Image) Scale() {
	time.Sleep(im.size)
}
