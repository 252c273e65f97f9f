package dbd

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"sync"
	"time"
)

// pools are the connections to databases, by all that defines them.
var pools = registry{of: map[string]*sql.DB{}}

type registry struct {
	mu sync.Mutex // guards of
	of map[string]*sql.DB
}

func (c *Config) key() string {
	number := func(n *int) int {
		if n == nil {
			return -1
		}
		return *n
	}
	return fmt.Sprintf("%q %q %q %d %d %d %v", c.Driver, c.Params, c.Init, number(c.Keep), number(c.Max), number(c.IdleLimit),
		c.Persist == nil || *c.Persist)
}

// Defaults of DBDKeep, DBDMax and DBDExptime.
const (
	defaultKeep = 2
	defaultMax  = 10
	defaultIdle = 300
)

// get is the pool for c, made when it is first asked for.
func (p *registry) get(c *Config) (*sql.DB, error) {
	key := c.key()
	p.mu.Lock()
	defer p.mu.Unlock()
	if db := p.of[key]; db != nil {
		return db, nil
	}
	inner, err := connectorFor(c.Driver, c.Params)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector{inner, c.Init})
	or := func(n *int, unsaid int) int {
		if n == nil {
			return unsaid
		}
		return *n
	}
	db.SetMaxOpenConns(or(c.Max, defaultMax))
	db.SetMaxIdleConns(or(c.Keep, defaultKeep))
	db.SetConnMaxIdleTime(time.Duration(or(c.IdleLimit, defaultIdle)) * time.Second)
	if c.Persist != nil && !*c.Persist {
		db.SetMaxOpenConns(0)
		db.SetMaxIdleConns(-1)
	}
	p.of[key] = db
	return db, nil
}

// closeAfter is how long requests that began under an older configuration can
// still use a database that the new one does not have.
const closeAfter = 2 * time.Minute

// Keep lets go of the pools that none of configs means.
func Keep(configs []*Config) {
	wanted := map[string]bool{}
	for _, c := range configs {
		wanted[c.key()] = true
	}
	pools.mu.Lock()
	defer pools.mu.Unlock()
	for key, db := range pools.of {
		if !wanted[key] {
			delete(pools.of, key)
			db.SetMaxIdleConns(-1)
			time.AfterFunc(closeAfter, func() { db.Close() })
		}
	}
}

// A connector runs what DBDInitSQL says on each new connection.
type connector struct {
	driver.Connector
	init []string
}

// Connect makes a connection.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, query := range c.init {
		if err := execute(ctx, conn, query); err != nil {
			conn.Close()
			return nil, fmt.Errorf("DBDInitSQL %s: %w", strings.TrimSpace(query), err)
		}
	}
	return conn, nil
}

func execute(ctx context.Context, conn driver.Conn, query string) error {
	if e, ok := conn.(driver.ExecerContext); ok {
		_, err := e.ExecContext(ctx, query, nil)
		return err
	}
	s, err := conn.Prepare(query)
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Exec(nil)
	return err
}
