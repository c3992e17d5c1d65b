// Package imagestore knows which images there are.
package imagestore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Store is a table of images.
type Store struct{ db *sql.DB }

// New returns the Store in db.
func New(db *sql.DB) *Store { return &Store{db} }

// query hands every row to visit until it wants no more.
func (s *Store) query(ctx context.Context, text string, visit func(key string, size int64) (more bool), args ...any) error {
	rows, err := s.db.QueryContext(ctx, text, args...) // cause
	if err != nil {
		return fmt.Errorf("query images: %w", err)
	}
	for rows.Next() {
		var key string
		var size int64
		if err := rows.Scan(&key, &size); err != nil {
			return fmt.Errorf("read an image: %w", err)
		}
		if !visit(key, size) {
			return nil
		}
	}
	return rows.Err()
}

// Resolve returns the whole key that begins with prefix, or nothing.
func (s *Store) Resolve(ctx context.Context, prefix string) (string, error) {
	found := ""
	err := s.query(ctx, "select key, size from images where key >= ?", func(key string, _ int64) bool {
		if strings.HasPrefix(key, prefix) {
			found = key
		}
		return found == ""
	}, prefix)
	return found, err
}

// Size returns how many bytes all images have.
func (s *Store) Size(ctx context.Context) (int64, error) {
	total := int64(0)
	err := s.query(ctx, "select key, size from images", func(_ string, size int64) bool {
		total += size
		return true
	})
	return total, err
}
