package admin

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"
)

var (
	headerLines = map[string]*regexp.Regexp{
		"Depends":   regexp.MustCompile(`^# Depends:\s+(.*?)\s*$`),
		"Conflicts": regexp.MustCompile(`^# Conflicts:\s+(.*?)\s*$`),
	}
	commentLine = regexp.MustCompile(`^\s*(?:#.*)?$`)
)

// header is a list of modules in the comment that a file begins with: the
// first "# Depends:" or "# Conflicts:" line.
func (t *tool) header(path, what string) []string {
	f, err := os.Open(path)
	if err != nil {
		// Debian's tool ends no line here.
		fmt.Fprintf(t.err, "ERROR: Can't open %s: %s", path, reason(err))
		return nil
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	for in.Scan() {
		line := in.Text()
		if m := headerLines[what].FindStringSubmatch(line); m != nil {
			return strings.Fields(m[1])
		}
		if !commentLine.MatchString(line) {
			return nil
		}
	}
	return nil
}
