package autoindex

import (
	"cmp"
	"slices"
	"strings"

	"understudy/compat"
)

// sort brings entries into the order asked for: the parent first, then perhaps
// the directories (dsortf).
func (a *arrangement) sort(entries []*entry) {
	slices.SortFunc(entries, func(x, y *entry) int {
		switch {
		case x.parent || y.parent:
			return rank(x.parent, y.parent)
		case x.folder != y.folder:
			return rank(x.folder, y.folder)
		case a.direction == 'A':
			return a.compare(x, y)
		}
		return a.compare(y, x)
	})
}

// rank puts what is so before what is not.
func rank(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}

func (a *arrangement) compare(x, y *entry) int {
	order := 0
	switch a.key {
	case 'M':
		order = cmp.Compare(x.modified, y.modified)
	case 'S':
		order = cmp.Compare(x.size, y.size)
	case 'D':
		order = strings.Compare(x.description, y.description)
		if a.options&versionSort != 0 {
			order = natural(x.description, y.description, false)
		}
	}
	if order != 0 {
		return order
	}
	return a.compareNames(x.name, y.name)
}

// compareNames never finds two names equal, so that the order is always the
// same.
func (a *arrangement) compareNames(x, y string) int {
	order := 0
	fold := a.options&ignoreCase != 0
	if a.options&versionSort != 0 {
		if fold {
			order = natural(x, y, true)
		}
		if order == 0 {
			order = natural(x, y, false)
		}
	}
	if order == 0 && fold {
		order = strings.Compare(compat.Lower(x), compat.Lower(y))
	}
	return cmp.Or(order, strings.Compare(x, y))
}

// natural compares texts with numbers by the values of these (apr_strnatcmp).
func natural(a, b string, fold bool) int {
	for i, j := 0, 0; ; i, j = i+1, j+1 {
		for isSpace(at(a, i)) {
			i++
		}
		for isSpace(at(b, j)) {
			j++
		}
		x, y := at(a, i), at(b, j)
		if isDigit(x) && isDigit(y) {
			compare := compareRight
			if x == '0' || y == '0' {
				compare = compareLeft
			}
			if order := compare(a[i:], b[j:]); order != 0 {
				return order
			}
		}
		if x == 0 && y == 0 {
			return 0
		}
		if fold {
			x, y = upper(x), upper(y)
		}
		if x != y {
			return cmp.Compare(int8(x), int8(y)) // C's char has a sign.
		}
	}
}

// compareRight compares numbers: the longer is greater, else the first digit
// that differs decides.
func compareRight(a, b string) int {
	bias := 0
	for i := 0; ; i++ {
		x, y := at(a, i), at(b, i)
		switch {
		case !isDigit(x) && !isDigit(y):
			return bias
		case !isDigit(x):
			return -1
		case !isDigit(y):
			return 1
		case bias == 0:
			bias = cmp.Compare(x, y)
		}
	}
}

// compareLeft compares numbers as what stands behind a decimal point.
func compareLeft(a, b string) int {
	for i := 0; ; i++ {
		x, y := at(a, i), at(b, i)
		switch {
		case !isDigit(x) && !isDigit(y):
			return 0
		case !isDigit(x):
			return -1
		case !isDigit(y):
			return 1
		case x != y:
			return cmp.Compare(x, y)
		}
	}
}

// at is byte i of s, 0 behind its end.
func at(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}
