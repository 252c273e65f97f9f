package core

import (
	"math"
	"strings"

	"understudy/compat"
)

// limitRows bound what requests may ask for.
var limitRows = []compat.Directive{
	limit("LimitRequestLine", func(h *compat.Host) **int { return &h.LimitLine },
		"non-negative integer", "Limit on maximum size of an HTTP request line"),
	limit("LimitRequestFieldsize", func(h *compat.Host) **int { return &h.LimitFieldSize },
		"non-negative integer", "Limit on maximum size of an HTTP request header field"),
	limit("LimitRequestFields", func(h *compat.Host) **int { return &h.LimitFields },
		"non-negative integer (0 = no limit)",
		"Limit (0 = unlimited) on max number of header fields in a request message"),
	slot.Directive("LimitRequestBody", compat.Take1, anywhere, limitBody,
		"Limit (in bytes) on maximum size of request message body"),
	slot.Directive("LimitXMLRequestBody", compat.Take1, anywhere, limitXMLBody,
		"Limit (in bytes) on maximum size of an XML-based request body"),
	compat.Row("Mutex", compat.RawArgs, compat.Server, mutex,
		`mutex (or "default") and mechanism`).Inertly("nothing is shared between processes that a lock of the system would guard"),
	ranges("MaxRanges", func(c *compat.Core) **int { return &c.MaxRanges }, 200,
		"Maximum number of Ranges in a request before returning the entire resource, or 0 for unlimited"),
	ranges("MaxRangeOverlaps", func(c *compat.Core) **int { return &c.MaxRangeOverlaps }, 20,
		"Maximum number of overlaps in Ranges in a request before returning the entire resource, or 0 for unlimited"),
	ranges("MaxRangeReversals", func(c *compat.Core) **int { return &c.MaxRangeReversals }, 20,
		"Maximum number of reversals in Ranges in a request before returning the entire resource, or 0 for unlimited"),
	processLimit("RLimitCPU", compat.LimitCPU, "Soft/hard limits for max CPU usage in seconds"),
	processLimit("RLimitMEM", compat.LimitMemory, "Soft/hard limits for max memory usage per process"),
	processLimit("RLimitNPROC", compat.LimitProcesses, "soft/hard limits for max number of processes per uid"),
	compat.Row("RegexDefaultOptions", compat.RawArgs, compat.Server, regexDefaults,
		"default options for regexes (prefixed by '+' to add, '-' to del)"),
	compat.Row("LimitInternalRecursion", compat.Take12, compat.Server, limitRecursion,
		"maximum recursion depth of internal redirects and subrequests"),
}

// limit makes the row of a number for the reader of requests.
func limit(name string, at func(*compat.Host) **int, of, help string) compat.Directive {
	return compat.Row(name, compat.Take1, compat.Server, func(c *compat.Cmd) error {
		if err := c.Forbid(compat.NotInDirContext); err != nil {
			return err
		}
		n := compat.Atoi(c.Arg(0))
		if n < 0 {
			return compat.Errorf(`%s "%s" must be a %s`, name, c.Arg(0), of)
		}
		*at(c.Host) = &n
		return nil
	}, help)
}

// processLimit makes the row of a limit of programs (ap_unixd_set_rlimit).
func processLimit(name string, kind int, help string) compat.Directive {
	return slot.Directive(name, compat.Take12, anywhere, func(c *compat.Cmd, conf *compat.Core) error {
		limit := &compat.ProcessLimit{}
		limit.Soft, _, _ = compat.ParseOffset(c.Arg(0))
		limit.Hard, _, _ = compat.ParseOffset(c.Arg(1))
		if strings.EqualFold(c.Arg(0), "max") {
			limit.Soft = -1
		}
		conf.Limits[kind] = limit
		return nil
	}, help)
}

func limitBody(c *compat.Cmd, conf *compat.Core) error {
	n, whole, ok := compat.ParseOffset(c.Arg(0))
	if !ok {
		return compat.Errorf("LimitRequestBody argument is not parsable.")
	}
	if !whole || n < 0 {
		return compat.Errorf("LimitRequestBody requires a non-negative integer.")
	}
	conf.LimitBody = &n
	return nil
}

func limitXMLBody(c *compat.Cmd, conf *compat.Core) error {
	n, _, ok := compat.ParseOffset(c.Arg(0))
	if !ok {
		n = math.MaxInt64
	}
	if n < 0 {
		return compat.Errorf("LimitXMLRequestBody requires a non-negative integer.")
	}
	const most = math.MaxInt64/6 - 1
	if n > most {
		return compat.Errorf("LimitXMLRequestBody must not exceed %d", int64(most))
	}
	conf.LimitXMLBody = &n
	return nil
}

// ranges makes the row of a limit on Range fields: 0 is none, -1 no limit.
func ranges(name string, at func(*compat.Core) **int, standard int, help string) compat.Directive {
	return slot.Directive(name, compat.Take1, confined, func(c *compat.Cmd, conf *compat.Core) error {
		var n int
		switch strings.ToLower(c.Arg(0)) {
		case "none":
		case "default":
			n = standard
		case "unlimited":
			n = -1
		default:
			if n = compat.Atoi(c.Arg(0)); n <= 0 {
				return compat.Errorf("%s requires 'none', 'default', 'unlimited' or a positive integer", name)
			}
		}
		*at(conf) = &n
		return nil
	}, help)
}

func limitRecursion(c *compat.Cmd) error {
	redirects := compat.Atoi(c.Arg(0))
	if redirects <= 0 {
		return compat.Errorf("The recursion limit must be greater than zero.")
	}
	if redirects < 4 {
		c.Warnf("core", compat.LevelWarn,
			"AH00119: Limiting internal redirects to very low numbers may cause normal requests to fail.")
	}
	subs := redirects
	if len(c.Words) == 2 {
		if subs = compat.Atoi(c.Arg(1)); subs <= 0 {
			return compat.Errorf("The recursion limit must be greater than zero.")
		}
		if subs < 4 {
			c.Warnf("core", compat.LevelWarn, "AH00120: Limiting the subrequest depth to a very low level "+
				"may cause normal requests to fail.")
		}
	}
	c.Host.RecursionRedirects, c.Host.RecursionSubs = &redirects, &subs
	return nil
}
