package dav

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
)

// A Token names a lock.
type Token [16]byte

// NewToken is one nobody has: a random UUID.
func NewToken() (t Token) {
	rand.Read(t[:])
	t[6], t[8] = t[6]&0x0f|0x40, t[8]&0x3f|0x80
	return t
}

const tokenScheme = "opaquelocktoken:"

// String is t as a URI.
func (t Token) String() string {
	return fmt.Sprintf("%s%x-%x-%x-%x-%x", tokenScheme, t[:4], t[4:6], t[6:8], t[8:10], t[10:])
}

// ParseToken reads a URI (dav_fs_parse_locktoken). An error with the number
// ErrLockUnknown is of one that names no lock of ours.
func ParseToken(text string) (t Token, err *Error) {
	uuid, ok := strings.CutPrefix(text, tokenScheme)
	if !ok {
		return t, Numbered(400, ErrLockUnknown, "The lock token uses an unknown State-token format and could not be parsed.")
	}
	b, bad := hex.DecodeString(strings.ReplaceAll(uuid, "-", ""))
	if bad != nil || len(b) != len(t) || len(uuid) != 36 || uuid[8] != '-' || uuid[13] != '-' || uuid[18] != '-' || uuid[23] != '-' {
		return t, Numbered(400, ErrLockParse, "The opaquelocktoken has an incorrect format and could not be parsed.")
	}
	copy(t[:], b)
	return t, nil
}

// A Scope is whom else a lock lets in.
type Scope uint8

// The scopes, by Apache's numbers.
const (
	ScopeUnknown   Scope = 0
	ScopeExclusive Scope = 1
	ScopeShared    Scope = 2
)

// TypeWrite is the only type of locks.
const TypeWrite = 1

// NoTimeout is when a lock ends that does not.
const NoTimeout = 0

// A Lock is one that counts for a resource: its own, or one of a collection
// around it.
type Lock struct {
	Token    Token
	Key      string // of the resource it was made for
	Indirect bool   // that is another
	Scope    Scope
	Type     uint8
	Depth    int
	Timeout  int64  // Unix time
	Owner    string // XML
	User     string // "": nobody was asked who it is
}

// Locks is a data base of locks.
type Locks interface {
	// Get are the locks of res. With partial, those of collections around have a
	// token and a key only.
	Get(res *Resource, partial bool) ([]Lock, *Error)
	Has(res *Resource) bool
	None() bool // there is no lock at all
	// Direct is the resource, res or one around it, that the lock of res was made
	// for.
	Direct(res *Resource, t Token) (*Resource, *Error)
	// New is a lock to be filled in.
	New(res *Resource) Lock
	// Append adds locks to res: its own, or those of a collection around.
	Append(res *Resource, indirect bool, locks []Lock) *Error
	// Remove takes a lock away, or with nil all.
	Remove(res *Resource, t *Token) *Error
	Refresh(res *Resource, tokens []Token, until int64) ([]Lock, *Error)
	// Created tells that what was there as a lock only is there now.
	Created(res *Resource) *Error
	// Members are what is in a collection as locks only.
	Members(res *Resource) ([]string, *Error)
	// Close keeps what was changed.
	Close() *Error
}
