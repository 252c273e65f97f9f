package dbd

import (
	"database/sql/driver"
	"errors"
)

// sqlite3Connector is for who checks a configuration: nothing is served here.
func sqlite3Connector(string) (driver.Connector, error) {
	return nil, errors.New("serving needs Unix")
}
