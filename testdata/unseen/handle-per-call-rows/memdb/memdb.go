// Package memdb is a driver of database/sql with one table in memory.
package memdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// DB has the table.
type DB struct{ keys []string }

// New returns a DB with n keys that begin with prefix.
func New(prefix string, n int) *DB {
	db := &DB{}
	for i := range n {
		db.keys = append(db.keys, fmt.Sprintf("%s%03d", prefix, i))
	}
	return db
}

var errNotSupported = errors.New("not supported")

// Connect returns a connection.
func (db *DB) Connect(context.Context) (driver.Conn, error) { return &conn{db}, nil }

// Driver returns the driver.
func (db *DB) Driver() driver.Driver { return db }

// Open returns a connection.
func (db *DB) Open(string) (driver.Conn, error) { return &conn{db}, nil }

type conn struct{ db *DB }

func (c *conn) Prepare(string) (driver.Stmt, error) { return nil, errNotSupported }
func (c *conn) Begin() (driver.Tx, error)           { return nil, errNotSupported }
func (c *conn) Close() error                        { return nil }

// QueryContext selects the keys from the first argument on.
func (c *conn) QueryContext(ctx context.Context, _ string, args []driver.NamedValue) (driver.Rows, error) {
	from := ""
	if len(args) > 0 {
		from, _ = args[0].Value.(string)
	}
	result := &rows{}
	for _, key := range c.db.keys {
		if key >= from {
			result.keys = append(result.keys, key)
		}
	}
	return result, ctx.Err()
}

type rows struct{ keys []string }

func (r *rows) Columns() []string { return []string{"key", "size"} }
func (r *rows) Close() error      { return nil }

func (r *rows) Next(into []driver.Value) error {
	if len(r.keys) == 0 {
		return io.EOF
	}
	into[0], into[1] = r.keys[0], int64(len(r.keys))<<20
	r.keys = r.keys[1:]
	return nil
}
