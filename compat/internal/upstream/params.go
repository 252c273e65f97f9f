package upstream

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
)

// Params are what is said of a worker with "key=value". What is 0 or nil was
// not said.
type Params struct {
	Factor            int // loadfactor, in hundredths
	Retry             *time.Duration
	TTL               time.Duration
	Min, Max, SMax    int
	Acquire           time.Duration
	Timeout           time.Duration
	ConnectTimeout    time.Duration
	IOBuffer          int
	RecvBuffer        int
	KeepAlive         bool
	DisableReuse      bool
	ReuseSet          bool
	AddressTTL        *int // seconds; -1: for ever
	Route             string
	Redirect          string
	FlushPackets      string // "on", "auto"; "": off
	FlushWait         time.Duration
	Ping              time.Duration
	LBSet             int
	Flusher           string
	Upgrade           string // "*": any
	ResponseFieldSize int
	Secret            string
	Check             Check

	setStatus, clearStatus Status
}

// Sizes of the fields in which Apache keeps what is said.
const (
	maxRoute  = 64
	maxScheme = 16
	maxSecret = 64
)

// Set obeys one "key=value" (set_worker_param).
func (p *Params) Set(key, value string) error {
	set, ok := workerParams[strings.ToLower(key)]
	if !ok {
		return errors.New("unknown Worker parameter")
	}
	return set(p, value)
}

var workerParams = map[string]func(*Params, string) error{
	"loadfactor": func(p *Params, v string) error {
		f, _ := strconv.ParseFloat(leadingFloat(v), 64)
		n := int(f * 100)
		if n < 100 || n > 10000 {
			return errors.New("LoadFactor must be a number between 1..100")
		}
		p.Factor = n
		return nil
	},
	"retry": func(p *Params, v string) error {
		n := compat.Atoi(v)
		if n < 0 {
			return errors.New("Retry must be a positive value")
		}
		d := time.Duration(n) * time.Second
		p.Retry = &d
		return nil
	},
	"ttl":     seconds(func(p *Params) *time.Duration { return &p.TTL }, "TTL must be at least one second"),
	"timeout": seconds(func(p *Params) *time.Duration { return &p.Timeout }, "Timeout must be at least one second"),
	"min":     number(func(p *Params) *int { return &p.Min }, "Min must be a positive number"),
	"max":     number(func(p *Params) *int { return &p.Max }, "Max must be a positive number"),
	"smax":    number(func(p *Params) *int { return &p.SMax }, "Smax must be a positive number"),
	"acquire": period(func(p *Params) *time.Duration { return &p.Acquire }, "ms",
		"Acquire timeout has wrong format", "Acquire must be at least one millisecond"),
	"ping": period(func(p *Params) *time.Duration { return &p.Ping }, "s",
		"Ping/Pong timeout has wrong format", "Ping/Pong timeout must be at least one millisecond"),
	"connectiontimeout": period(func(p *Params) *time.Duration { return &p.ConnectTimeout }, "s",
		"Connectiontimeout has wrong format", "Connectiontimeout must be at least one millisecond."),
	"iobuffersize": size(func(p *Params) *int { return &p.IOBuffer },
		"IOBufferSize must be >= 512 bytes, or 0 for system default."),
	"receivebuffersize": size(func(p *Params) *int { return &p.RecvBuffer },
		"ReceiveBufferSize must be >= 512 bytes, or 0 for system default."),
	"keepalive": flag("KeepAlive must be On|Off", func(p *Params, on bool) { p.KeepAlive = on }),
	"disablereuse": flag("DisableReuse must be On|Off", func(p *Params, on bool) {
		p.DisableReuse, p.ReuseSet = on, true
	}),
	"enablereuse": flag("EnableReuse must be On|Off", func(p *Params, on bool) {
		p.DisableReuse, p.ReuseSet = !on, true
	}),
	"addressttl": setAddressTTL,
	"route":      text(func(p *Params) *string { return &p.Route }, maxRoute, "Route length must be < %d characters"),
	"redirect":   text(func(p *Params) *string { return &p.Redirect }, maxRoute, "Redirect length must be < %d characters"),
	"flusher":    text(func(p *Params) *string { return &p.Flusher }, maxScheme, "flusher name length must be < %d characters"),
	"secret":     text(func(p *Params) *string { return &p.Secret }, maxSecret, "Secret length must be < %d characters"),
	"upgrade": func(p *Params, v string) error {
		if strings.EqualFold(v, "ANY") {
			v = "*"
		}
		return text(func(p *Params) *string { return &p.Upgrade }, maxScheme,
			"upgrade protocol length must be < %d characters")(p, v)
	},
	"status": func(p *Params, v string) error {
		set, ok := ParseStatus(p.setStatus, v)
		if !ok {
			return errors.New("Unknown status parameter option")
		}
		all, _ := ParseStatus(^Status(0), v)
		p.setStatus, p.clearStatus = set, (p.clearStatus|^all)&^set
		return nil
	},
	"flushpackets": func(p *Params, v string) error {
		switch v = strings.ToLower(v); v {
		case "on", "auto":
			p.FlushPackets = v
		case "off":
			p.FlushPackets = ""
		default:
			return errors.New("flushpackets must be on|off|auto")
		}
		return nil
	},
	"flushwait": func(p *Params, v string) error {
		n := compat.Atoi(v)
		if n > 1000 || n < 0 {
			return errors.New("flushwait must be <= 1000, or 0 for system default of 10 millseconds.")
		}
		p.FlushWait = time.Duration(n) * time.Millisecond
		return nil
	},
	"lbset": func(p *Params, v string) error {
		n := compat.Atoi(v)
		if n < 0 || n > 99 {
			return errors.New("lbset must be between 0 and 99")
		}
		p.LBSet = n
		return nil
	},
	"responsefieldsize": func(p *Params, v string) error {
		n := compat.Atoi(v)
		if n < 0 {
			return errors.New("ResponseFieldSize must be greater than 0 bytes, or 0 for system default.")
		}
		p.ResponseFieldSize = n
		return nil
	},
}

// leadingFloat is the number at the beginning of s, as atof sees it.
func leadingFloat(s string) string {
	s = strings.TrimLeft(s, " \t")
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.' || i == 0 && (s[i] == '-' || s[i] == '+')) {
		i++
	}
	return s[:i]
}

func seconds(at func(*Params) *time.Duration, complaint string) func(*Params, string) error {
	return func(p *Params, v string) error {
		n := compat.Atoi(v)
		if n < 1 {
			return errors.New(complaint)
		}
		*at(p) = time.Duration(n) * time.Second
		return nil
	}
}

func number(at func(*Params) *int, complaint string) func(*Params, string) error {
	return func(p *Params, v string) error {
		n := compat.Atoi(v)
		if n < 0 {
			return errors.New(complaint)
		}
		*at(p) = n
		return nil
	}
}

func size(at func(*Params) *int, complaint string) func(*Params, string) error {
	return func(p *Params, v string) error {
		n := compat.Atoi(v)
		if n < 512 && n != 0 {
			return errors.New(complaint)
		}
		*at(p) = n
		return nil
	}
}

func period(at func(*Params) *time.Duration, unit, format, least string) func(*Params, string) error {
	return func(p *Params, v string) error {
		d, ok := compat.ParseTimeout(v, unit)
		switch {
		case !ok:
			return errors.New(format)
		case d < time.Millisecond:
			return errors.New(least)
		}
		*at(p) = d
		return nil
	}
}

func text(at func(*Params) *string, max int, complaint string) func(*Params, string) error {
	return func(p *Params, v string) error {
		if len(v) >= max {
			return fmt.Errorf(complaint, max)
		}
		*at(p) = v
		return nil
	}
}

func flag(complaint string, set func(p *Params, on bool)) func(*Params, string) error {
	return func(p *Params, v string) error {
		on := strings.EqualFold(v, "on")
		if !on && !strings.EqualFold(v, "off") {
			return errors.New(complaint)
		}
		set(p, on)
		return nil
	}
}

func setAddressTTL(p *Params, v string) error {
	n := -1
	if v != "-1" {
		d, ok := compat.ParseTimeout(v, "s")
		if !ok || d > (1<<31-1)*time.Second || d%time.Second != 0 {
			return errors.New("AddressTTL must be -1 or a number of seconds not exceeding 2147483647")
		}
		n = int(d / time.Second)
	}
	p.AddressTTL = &n
	return nil
}
