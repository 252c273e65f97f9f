package dav

import (
	"fmt"
	"net/url"
	"strings"

	"understudy/compat/internal/dav"
)

// A condition is one list of the If field: states a resource must be in.
type condition struct {
	uri    string // of which; "": any
	tagged bool
	states []ifState
	made   bool // of a Lock-Token field
}

// An ifState is an entity tag or the token of a lock, which a resource has or
// with not has not.
type ifState struct {
	etag    string
	token   dav.Token
	isToken bool
	unknown bool // no token of ours
	not     bool
}

// parseIf reads an If field: the last list first (dav_process_if_header).
func parseIf(text string) ([]condition, *dav.Error) {
	var list []condition
	var at condition
	untagged := false
	for text != "" {
		switch text[0] {
		case '<':
			uri, rest, ok := nextToken(text, '>')
			if untagged || !ok {
				return nil, dav.Numbered(400, dav.ErrIfTagged,
					`Invalid If-header: unclosed "<" or unexpected tagged-list production.`)
			}
			path, err := taggedPath(uri)
			if err != nil {
				return nil, err
			}
			at.uri, at.tagged, text = path, true, rest
		case '(':
			untagged = !at.tagged
			states, rest, ok := nextToken(text, ')')
			if !ok {
				return nil, dav.Numbered(400, dav.ErrIfUnclosed, `Invalid If-header: unclosed "(".`)
			}
			parsed, err := parseStates(states)
			if err != nil {
				return nil, err
			}
			list = append([]condition{{uri: at.uri, tagged: at.tagged, states: parsed}}, list...)
			text = rest
		case ' ', '\t':
			text = text[1:]
		default:
			return nil, unexpected(text[0])
		}
	}
	return list, nil
}

func unexpected(c byte) *dav.Error {
	return dav.Numbered(400, dav.ErrIfUnknown,
		fmt.Sprintf(`Invalid "If:" header: Unexpected character encountered (0x%02x, '%c').`, c, c))
}

// nextToken is what stands between the first byte of text and end.
func nextToken(text string, end byte) (token, rest string, ok bool) {
	token, rest, ok = strings.Cut(text[1:], string(end))
	return strings.TrimLeft(token, " \t"), rest, ok
}

// taggedPath is the path of a URI that lists are for.
func taggedPath(uri string) (string, *dav.Error) {
	u := splitURI(uri)
	if u.path == "" {
		return "", dav.Numbered(400, dav.ErrIfTagged, "Invalid URI in tagged If-header.")
	}
	path, ok := cleaned(u.path)
	if !ok {
		return "", dav.Numbered(400, dav.ErrIfTagged, "Invalid URI path tagged If-header.")
	}
	decoded, err := url.PathUnescape(path)
	if err != nil || strings.Contains(decoded, "\x00") || strings.Count(decoded, "/") != strings.Count(path, "/") {
		return "", dav.Numbered(400, dav.ErrIfTagged, "Invalid percent encoded URI in tagged If-header.")
	}
	return unslashed(decoded), nil
}

// cleaned resolves "." and ".." in a path; ok is false for one that leaves the
// root.
func cleaned(path string) (clean string, ok bool) {
	parts := []string{}
	for _, part := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		switch {
		case part == ".":
		case part == ".." && len(parts) == 0:
			return "", false
		case part == "..":
			parts = parts[:len(parts)-1]
		default:
			parts = append(parts, part)
		}
	}
	return "/" + strings.Join(parts, "/"), strings.HasPrefix(path, "/")
}

func unslashed(path string) string {
	if len(path) > 1 && strings.HasSuffix(path, "/") {
		return path[:len(path)-1]
	}
	return path
}

func parseStates(text string) ([]ifState, *dav.Error) {
	var list []ifState
	not := false
	for text != "" {
		switch text[0] {
		case '<', '[':
			end := byte('>')
			if text[0] == '[' {
				end = ']'
			}
			token, rest, ok := nextToken(text, end)
			if !ok {
				return nil, dav.Numbered(400, dav.ErrIfParse, "")
			}
			s, err := parseState(token, text[0] == '<')
			if err != nil {
				return nil, err
			}
			s.not = not
			list = append([]ifState{s}, list...)
			text, not = rest, false
		case 'N':
			if !strings.HasPrefix(text, "Not") {
				return nil, dav.Numbered(400, dav.ErrIfUnknown, `Invalid "If:" header: Unexpected character in List`)
			}
			if not {
				return nil, dav.Numbered(400, dav.ErrIfMultipleNot,
					`Invalid "If:" header: Multiple "not" entries for the same state.`)
			}
			text, not = text[3:], true
		case ' ', '\t':
			text = text[1:]
		default:
			return nil, unexpected(text[0])
		}
	}
	return list, nil
}

func parseState(text string, isToken bool) (ifState, *dav.Error) {
	if !isToken {
		return ifState{etag: text}, nil
	}
	token, err := dav.ParseToken(text)
	switch {
	case err != nil && err.ID == dav.ErrLockUnknown:
		return ifState{unknown: true}, nil
	case err != nil:
		return ifState{}, err
	}
	return ifState{token: token, isToken: true}, nil
}

// tokens are those a request submits, for a lock to be refreshed
// (dav_get_locktoken_list).
func (c call) tokens() ([]dav.Token, *dav.Error) {
	list, err := parseIf(c.In.Get("If"))
	if err != nil {
		return nil, err
	}
	var tokens []dav.Token
	for _, one := range list {
		for _, s := range one.states {
			if s.isToken && !s.not {
				tokens = append(tokens, s.token)
			}
		}
	}
	if tokens == nil {
		return nil, dav.Numbered(400, dav.ErrIfAbsent,
			`No locktokens were specified in the "If:" header, so the refresh could not be performed.`)
	}
	return tokens, nil
}
