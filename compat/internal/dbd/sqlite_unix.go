//go:build unix

package dbd

import (
	"context"
	"database/sql/driver"
	"net/url"

	"modernc.org/sqlite"
)

// opener is a connector for a driver that has none.
type opener struct {
	dsn string
	d   driver.Driver
}

// Connect makes a connection.
func (o opener) Connect(context.Context) (driver.Conn, error) { return o.d.Open(o.dsn) }

// Driver is the driver.
func (o opener) Driver() driver.Driver { return o.d }

// sqlite3Connector takes the path of a file. A database that is being written to
// is waited for, as APR's driver does.
func sqlite3Connector(params string) (driver.Connector, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: params}).EscapedPath(), RawQuery: "_pragma=busy_timeout(10000)"}
	return opener{u.String(), &sqlite.Driver{}}, nil
}
