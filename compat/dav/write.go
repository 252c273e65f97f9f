package dav

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// post lets others answer where locks allow it (dav_method_post).
func (c call) post() compat.Status {
	res, err := c.resource()
	if err == nil {
		_, err = c.validate(res, check{})
	}
	if err != nil {
		return c.fail(err, nil)
	}
	return compat.Declined
}

// put writes a resource (dav_method_put).
func (c call) put() compat.Status {
	res, err := c.resource()
	if err != nil {
		return c.fail(err, nil)
	}
	if res.Collection {
		return c.page(409, "Cannot PUT to a collection.")
	}
	was := c.stateOf(c.Request, res)
	if each, err := c.validate(res, check{parent: was == isNothing}); err != nil {
		return c.fail(err, each)
	}
	from, ranged, ok := parseRange(&c.In)
	if !ok {
		return c.page(400, fmt.Sprintf("Malformed Content-Range header for PUT %s.", c.escaped()))
	}
	if err := c.store(res, from, ranged); err != nil {
		return c.fail(err, nil)
	}
	res.Exists = true
	if err := c.inherit(res, was, 0, "The file was PUT successfully, but there was a problem "); err != nil {
		return c.fail(err, nil)
	}
	return c.created("", "Resource", was == isThere)
}

// store writes the body of c to res.
func (c call) store(res *dav.Resource, from int64, ranged bool) *dav.Error {
	s, err := c.repo.Open(res, from, ranged)
	if err != nil {
		return err.Push(err.Status, fmt.Sprintf("Unable to PUT new contents for %s.", c.escaped()))
	}
	if c.Body != nil {
		if _, bad := s.ReadFrom(c.Body); bad != nil {
			var ours dav.WriteError
			if errors.As(bad, &ours) {
				err = ours.Err
			} else {
				err = dav.Caused(int(compat.StatusOf(bad)), bad,
					fmt.Sprintf("An error occurred while reading the request body (URI: %s)", c.escaped()))
			}
		}
	}
	closed := s.Close(err == nil)
	if err == nil {
		return closed
	}
	return err
}

// parseRange reads Content-Range (dav_parse_range).
func parseRange(h *compat.Header) (from int64, ranged, ok bool) {
	value, ranged := h.Lookup("Content-Range")
	if !ranged {
		return 0, false, true
	}
	if len(value) < 6 || !strings.EqualFold(value[:6], "bytes ") {
		return 0, true, false
	}
	span, whole, hasWhole := strings.Cut(value[6:], "/")
	first, last, hasLast := strings.Cut(span, "-")
	from, okFrom := digits(first)
	end, okEnd := digits(last)
	if !hasWhole || !hasLast || !okFrom || !okEnd || end < from {
		return 0, true, false
	}
	if !strings.HasPrefix(whole, "*") {
		if n, ok := digits(whole); !ok || n <= end {
			return 0, true, false
		}
	}
	return from, true, true
}

func digits(s string) (int64, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// delete removes a resource (dav_method_delete).
func (c call) delete() compat.Status {
	if status := c.DiscardBody(); status != compat.OK {
		return status
	}
	res, err := c.resource()
	if err != nil {
		return c.fail(err, nil)
	}
	if !res.Exists {
		return 404
	}
	depth := c.depth()
	if res.Collection && depth != dav.Infinity {
		c.complain(`AH00582: Depth must be "infinity" for DELETE of a collection.`)
		return 400
	}
	if !res.Collection && depth == 1 {
		c.complain(`AH00583: Depth of "1" is not allowed for DELETE.`)
		return 400
	}
	if each, err := c.validate(res, check{depth: depth, parent: true, use424: true}); err != nil {
		return c.fail(err.Push(err.Status, fmt.Sprintf("Could not DELETE %s due to a failed precondition (e.g. locks).",
			c.escaped())), each)
	}
	if status := c.release(res, nil); status != compat.OK {
		return status
	}
	if each, err := c.repo.Remove(res); err != nil {
		return c.fail(err.Push(err.Status, fmt.Sprintf("Could not DELETE %s.", c.escaped())), each)
	}
	return 204
}

// mkcol makes a collection (dav_method_mkcol). What a body would say is not
// known.
func (c call) mkcol() compat.Status {
	if c.BodyLength != 0 {
		return 415
	}
	if status := c.DiscardBody(); status != compat.OK {
		return status
	}
	res, err := c.resource()
	if err != nil {
		return c.fail(err, nil)
	}
	if res.Exists {
		return 405
	}
	was := c.stateOf(c.Request, res)
	if each, err := c.validate(res, check{parent: was == isNothing}); err != nil {
		return c.fail(err, each)
	}
	if err := c.repo.MakeCollection(res); err != nil {
		return c.fail(err, nil)
	}
	if err := c.inherit(res, was, 0, "The MKCOL was successful, but there was a problem "); err != nil {
		return c.fail(err, nil)
	}
	return c.created("", "Collection", false)
}
