package dbd

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/lib/pq"
)

// drivers make connectors of what DBDParams says, by the names of APR's drivers.
var drivers = map[string]func(params string) (driver.Connector, error){
	"sqlite3": sqlite3Connector,
	"pgsql":   pgsqlConnector,
	"mysql":   mysqlConnector,
}

// HasDriver reports whether DBDriver may say name.
func HasDriver(name string) bool { return drivers[name] != nil }

func connectorFor(name, params string) (driver.Connector, error) {
	if make := drivers[name]; make != nil {
		return make(params)
	}
	return nil, fmt.Errorf("no driver %s", name)
}

// pgsqlConnector takes a connection string of libpq, whose default for TLS is to
// use it where the server can.
func pgsqlConnector(params string) (driver.Connector, error) {
	if !strings.Contains(params, "sslmode") && !strings.Contains(params, "://") {
		params += " sslmode=prefer"
	}
	return pq.NewConnector(params)
}

// mysqlConnector takes the pairs of APR's driver: "host=h,port=3306,user=u,pass=p,
// dbname=d,sock=/path", with separators between.
func mysqlConnector(params string) (driver.Connector, error) {
	c := mysql.NewConfig()
	host, port := "localhost", "3306"
	sock := ""
	for _, pair := range strings.FieldsFunc(params, func(r rune) bool { return strings.ContainsRune(" \r\n\t;|,", r) }) {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			continue
		}
		switch strings.ToLower(key) {
		case "host":
			host = value
		case "port":
			port = value
		case "user":
			c.User = value
		case "pass":
			c.Passwd = value
		case "dbname":
			c.DBName = value
		case "sock":
			sock = value
		case "reconnect", "connecttimeout", "readtimeout", "writetimeout", "flags", "fldsz", "group":
		default:
			return nil, fmt.Errorf("unknown parameter %s of driver mysql", key)
		}
	}
	switch {
	case sock != "":
		c.Net, c.Addr = "unix", sock
	case host == "localhost": // By a socket, to libmysqlclient and libmariadb.
		c.Net, c.Addr = "unix", "/run/mysqld/mysqld.sock"
	default:
		c.Net, c.Addr = "tcp", host+":"+port
	}
	return mysql.NewConnector(c)
}
