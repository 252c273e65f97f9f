package authnfile

import (
	"strings"
	"sync/atomic"

	"understudy/compat/internal/textfile"
)

// users are the lines of a password file. The first for a user counts.
type users struct {
	basic  map[string]string
	digest map[[2]string]string // by user and realm
	state  uint64               // differs from that of every other reading
}

var readings atomic.Uint64

var files = textfile.New(parse)

func parse(lines []string) *users {
	u := &users{basic: map[string]string{}, digest: map[[2]string]string{}, state: readings.Add(1)}
	for _, line := range lines {
		if line == "" || line[0] == '#' {
			continue
		}
		name, rest, _ := strings.Cut(line, ":")
		second, third, _ := strings.Cut(rest, ":")
		if _, known := u.basic[name]; !known {
			u.basic[name] = second
		}
		hash, _, _ := strings.Cut(third, ":")
		if key := [2]string{name, second}; hash != "" {
			if _, known := u.digest[key]; !known {
				u.digest[key] = hash
			}
		}
	}
	return u
}
