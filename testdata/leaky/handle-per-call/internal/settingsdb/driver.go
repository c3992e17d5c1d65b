// Package settingsdb is a database that answers every query with its first argument.
package settingsdb

import (
	"database/sql/driver"
	"errors"
	"io"
)

// Driver is what database/sql wants to have registered.
type Driver struct{}

var errUnsupported = errors.New("settingsdb: only queries")

// Open returns a connection.
func (Driver) Open(string) (driver.Conn, error) { return conn{}, nil }

type conn struct{}

func (conn) Prepare(string) (driver.Stmt, error) { return stmt{}, nil }
func (conn) Close() error                        { return nil }
func (conn) Begin() (driver.Tx, error)           { return nil, errUnsupported }

type stmt struct{}

func (stmt) Close() error                               { return nil }
func (stmt) NumInput() int                              { return 1 }
func (stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errUnsupported }
func (stmt) Query(args []driver.Value) (driver.Rows, error) {
	return &rows{value: args[0]}, nil
}

type rows struct {
	value driver.Value
	read  bool
}

func (*rows) Columns() []string { return []string{"value"} }
func (*rows) Close() error      { return nil }

func (r *rows) Next(dest []driver.Value) error {
	if r.read {
		return io.EOF
	}
	r.read, dest[0] = true, r.value
	return nil
}
