// Package store is where settings are kept.
package store

// Handle reads settings until it is closed.
type Handle interface {
	Read(key string) (string, error)
	Close() error
}

// Opener opens handles.
type Opener interface {
	Open(name string) (Handle, error)
}
