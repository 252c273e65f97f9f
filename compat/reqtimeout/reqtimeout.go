// Package reqtimeout is mod_reqtimeout: how long a client may take to send a
// request. The stages are kept with the host, for package wire to obey.
//
// Deviations: a wait may end less than a second early, for Apache rounds up.
package reqtimeout

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
)

// Module is mod_reqtimeout.
var Module = compat.Module{
	Name:  "reqtimeout_module",
	File:  "mod_reqtimeout.c",
	Alone: true,
	Directives: []compat.Directive{
		compat.Row("RequestReadTimeout", compat.RawArgs, compat.Server, set,
			"Set various timeout parameters for TLS handshake and/or reading request headers and body"),
	},
	Init: resolve,
}

// What counts where nothing is said.
var defaults = compat.ReadTimeouts{
	Handshake: &compat.ReadStage{},
	Header:    &compat.ReadStage{Timeout: 20 * time.Second, Max: 40 * time.Second, MinRate: 500},
	Body:      &compat.ReadStage{Timeout: 20 * time.Second, MinRate: 500},
}

// resolve gives each host the stages it did not say: the main server's, or the
// defaults (reqtimeout_merge_srv_config).
func resolve(b *compat.Build) error {
	b.Main.ReadTimeouts = over(&defaults, b.Main.ReadTimeouts)
	for _, h := range b.AllHosts() {
		h.ReadTimeouts = over(b.Main.ReadTimeouts, h.ReadTimeouts)
	}
	return nil
}

func over(base, said *compat.ReadTimeouts) *compat.ReadTimeouts {
	t := *base
	if said == nil {
		return &t
	}
	t.Handshake = cmp.Or(said.Handshake, t.Handshake)
	t.Header = cmp.Or(said.Header, t.Header)
	t.Body = cmp.Or(said.Body, t.Body)
	return &t
}

// set reads "header=20-40,MinRate=500" and its like (set_reqtimeouts).
func set(c *compat.Cmd) error {
	if c.Host.ReadTimeouts == nil {
		c.Host.ReadTimeouts = &compat.ReadTimeouts{}
	}
	for _, word := range apacheconf.Words(c.Raw) {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return compat.Errorf("Invalid RequestReadTimeout parameter. Parameter must be in the form 'key=value'")
		}
		if err := setStage(c.Host.ReadTimeouts, key, value); err != nil {
			return compat.Errorf("RequestReadTimeout: %s=%s: %v", key, value, err)
		}
	}
	return nil
}

func setStage(t *compat.ReadTimeouts, key, value string) error {
	stage, err := parse(value)
	switch strings.ToLower(key) {
	case "handshake":
		t.Handshake = stage
	case "header":
		t.Header = stage
	case "body":
		t.Body = stage
	default:
		return errors.New("Unknown RequestReadTimeout parameter")
	}
	return err
}

// parse reads "20", "20,MinRate=500" or "20-40,MinRate=500"
// (set_reqtimeout_param).
func parse(value string) (*compat.ReadStage, error) {
	s := &compat.ReadStage{}
	initial := value
	if i := strings.Index(strings.ToLower(value), ",minrate="); i >= 0 {
		var err error
		if s.MinRate, err = number(value[i+len(",minrate="):]); err != nil {
			return s, err
		}
		if s.MinRate == 0 {
			return s, errors.New("Minimum data rate must be larger than 0")
		}
		var most string
		var ranged bool
		if initial, most, ranged = strings.Cut(value[:i], "-"); ranged {
			n, err := number(most)
			if err != nil {
				return s, err
			}
			s.Max = time.Duration(n) * time.Second
		}
	} else if strings.Contains(value, "-") {
		return s, errors.New("Must set MinRate option if using timeout range")
	}
	n, err := number(initial)
	if err != nil {
		return s, err
	}
	if s.Timeout = time.Duration(n) * time.Second; s.Max > 0 && s.Timeout >= s.Max {
		return s, errors.New("Maximum timeout must be larger than initial timeout")
	}
	return s, nil
}

// number reads a number (parse_int).
func number(text string) (int, error) {
	digits := strings.TrimLeft(text, "0123456789")
	if digits == text {
		return 0, fmt.Errorf("Value '%s' not numerical", text)
	}
	if digits != "" {
		return 0, fmt.Errorf("Cannot parse '%s'", digits)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n > math.MaxInt32 {
		n = math.MaxInt32
	}
	return n, nil
}
