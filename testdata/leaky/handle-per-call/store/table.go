package store

import (
	"database/sql"
	"fmt"
)

// Tables opens databases of one driver.
type Tables struct {
	Driver string
}

type table struct {
	db *sql.DB
}

// Open opens the database with that name.
func (t Tables) Open(name string) (Handle, error) {
	db, err := sql.Open(t.Driver, name) // cause:sql
	if err != nil {
		return nil, fmt.Errorf("open table %s: %w", name, err)
	}
	return &table{db: db}, nil
}

func (t *table) Read(key string) (value string, err error) {
	err = t.db.QueryRow("select value from settings where key = ?", key).Scan(&value)
	return value, err
}

func (t *table) Close() error { return t.db.Close() }
