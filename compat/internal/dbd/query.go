package dbd

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"understudy/compat"
)

// What can be wrong before a database is asked.
var (
	ErrNoConnection = errors.New("no database connection")
	ErrNoStatement  = errors.New("no such statement")
)

// queryTimeout bounds how long a request waits for a database.
const queryTimeout = 60 * time.Second

// maxRows and maxText bound what a database may answer.
const (
	maxRows = 10_000
	maxText = 16 << 20
)

// A Row is what one row of an answer has, by column; nil is NULL.
type Row []*string

// prepared is the pool of r's host, and its statement called label.
func prepared(r *compat.Request, label string) (*sql.DB, statement, error) {
	c := Slot.OfServer(r.Host)
	if c == nil || c.Driver == "" {
		r.Logf("dbd", compat.LevelError, nil, "AH02654: not configured")
		return nil, statement{}, ErrNoConnection
	}
	db, err := pools.get(c)
	if err != nil {
		r.Logf("dbd", compat.LevelError, nil, "AH00629: Can't connect to %s: %v", c.Driver, err)
		return nil, statement{}, ErrNoConnection
	}
	query, ok := c.Queries[label]
	if !ok || query == "" {
		return nil, statement{}, ErrNoStatement
	}
	return db, newStatement(c.Driver, query), nil
}

// Select is what a statement finds, and the names of the columns.
func Select(r *compat.Request, label string, args ...any) (names []string, rows []Row, err error) {
	db, s, err := prepared(r, label)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), queryTimeout)
	defer cancel()
	found, err := db.QueryContext(ctx, s.text, s.bind(args)...)
	if err != nil {
		return nil, nil, err
	}
	defer found.Close()
	if names, err = found.Columns(); err != nil {
		return nil, nil, err
	}
	for size := 0; found.Next(); {
		values := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			return nil, nil, err
		}
		row := make(Row, len(names))
		for i, v := range values {
			if size += len(v.String); v.Valid {
				row[i] = &v.String
			}
		}
		if rows = append(rows, row); len(rows) > maxRows || size > maxText {
			return nil, nil, fmt.Errorf("more than %d rows or %d bytes", maxRows, maxText)
		}
	}
	return names, rows, found.Err()
}

// Exec runs a statement, and is how many rows it changed.
func Exec(r *compat.Request, label string, args ...any) (int64, error) {
	db, s, err := prepared(r, label)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), queryTimeout)
	defer cancel()
	result, err := db.ExecContext(ctx, s.text, s.bind(args)...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
