package proxy

import (
	"errors"
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/pattern"
	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// A param is a "key=value" of a worker or balancer.
type param struct{ key, value string }

// params keeps the last value of each key, at the place of the first.
type params []param

func (p *params) set(key, value string) {
	for i := range *p {
		if strings.EqualFold((*p)[i].key, key) {
			(*p)[i] = param{key, value}
			return
		}
	}
	*p = append(*p, param{key, value})
}

// A line is a ProxyPass or ProxyPassMatch as it was read.
type line struct {
	path, url string
	match     bool
	alias     upstream.Alias
	params    params
}

// pass is ProxyPass and ProxyPassMatch (add_pass).
func pass(c *compat.Cmd) error {
	if err := c.Forbid(notInFiles); err != nil {
		return err
	}
	l, err := readPass(c)
	if err != nil {
		return err
	}
	real, ok := upstream.WithoutSocket(l.url)
	if !ok {
		return errors.New(`ProxyPass|ProxyPassMatch uses an invalid "unix:" URL`)
	}
	if c.Dir != "" && pattern.IsGlob(l.path) {
		l.match = true
	}
	a := &l.alias
	a.Fake, a.Real = l.path, real
	if l.match {
		if a.Match, err = pattern.Compile(l.path, pattern.DotAll); err != nil {
			return errors.New("Regular expression could not be compiled.")
		}
	}
	keep(c, a)
	if l.url == "!" {
		return nil
	}
	if upstream.IsBalancer(l.url) {
		return l.balancer(c)
	}
	return l.worker(c, real)
}

// keep adds a to the host's list, or makes it the one of its section.
func keep(c *compat.Cmd, a *upstream.Alias) {
	if a.Encoded {
		encoded.Make(c.Host.Section.Vector)
	}
	if c.Dir != "" {
		dir.Make(c.Vector).Alias = a
		return
	}
	s := of(c)
	s.Aliases = append(s.Aliases, a)
}

func readPass(c *compat.Cmd) (*line, error) {
	l := &line{path: c.Dir, match: c.Name == "ProxyPassMatch"}
	for rest := c.Raw; rest != ""; {
		var word string
		word, rest = apacheconf.Word(rest)
		switch {
		case l.path == "" && word == "~":
			if l.match {
				return nil, errors.New("ProxyPassMatch invalid syntax ('~' usage).")
			}
			l.match = true
		case l.path == "":
			l.path = word
		case l.url == "":
			l.url = word
		default:
			if err := l.option(c, word); err != nil {
				return nil, err
			}
		}
	}
	if l.url == "" {
		return nil, errors.New("ProxyPass|ProxyPassMatch needs a path when not defined in a location")
	}
	return l, nil
}

func (l *line) option(c *compat.Cmd, word string) error {
	switch strings.ToLower(word) {
	case "nocanon":
		l.alias.NoCanon = true
		return nil
	case "interpolate":
		l.alias.Interpolate = true
		return nil
	case "noquery":
		return nil // Apache notes it for nobody: the query is passed on.
	}
	key, value, ok := strings.Cut(word, "=")
	if !ok {
		if c.Dir != "" && strings.HasPrefix(l.url, "/") {
			return errors.New("ProxyPass|ProxyPassMatch can not have a path when defined in a location.")
		}
		return errors.New("Invalid ProxyPass|ProxyPassMatch parameter. Parameter must be in the form 'key=value'.")
	}
	if !strings.EqualFold(key, "mapping") {
		l.params.set(key, value)
		return nil
	}
	switch strings.ToLower(value) {
	case "encoded":
		l.alias.Encoded = true
	case "servlet":
		l.alias.Servlet, l.alias.Encoded = true, true
	default:
		return errors.New("unknown mapping")
	}
	return nil
}

// balancer obeys the parameters of a balancer, which may be defined later.
func (l *line) balancer(c *compat.Cmd) error {
	b, err := balancerFor(c, l.url)
	if err != nil {
		return prefixed("ProxyPass ", err)
	}
	b.Path = l.path
	for _, p := range l.params {
		if err := b.Set(c.Build, p.key, p.value); err != nil {
			return prefixed("ProxyPass ", err)
		}
	}
	return nil
}

// balancerFor is the balancer of a URL, made if there is none.
func balancerFor(c *compat.Cmd, url string) (*upstream.Balancer, error) {
	s := of(c)
	if b := upstream.FindBalancer(s.Balancers, url); b != nil {
		return b, nil
	}
	b, err := upstream.NewBalancer(url)
	if err != nil {
		return nil, err
	}
	s.Balancers = append(s.Balancers, b)
	return b, nil
}

func kindOf(match bool) int {
	if match {
		return upstream.Matches
	}
	return upstream.Prefixes
}

// worker obeys the parameters of a worker. One that is there already keeps what
// it has.
func (l *line) worker(c *compat.Cmd, real string) error {
	w, shared, err := workerFor(c, l.url, real, l.match)
	if err != nil {
		return prefixed("ProxyPass ", err)
	}
	return l.params.apply(c, w, shared, "ProxyPass ")
}

func workerFor(c *compat.Cmd, url, real string, match bool) (w *upstream.Worker, shared bool, err error) {
	s := of(c)
	if w = upstream.FindWorker(s.Workers, real, kindOf(match)); w != nil {
		c.Warnf("proxy", compat.LevelInfo, "AH01145: Sharing worker '%s' instead of creating new worker '%s'", w, real)
		return w, true, nil
	}
	if w, err = upstream.NewWorker(url, match, c.Build.RuntimePath); err != nil {
		return nil, false, err
	}
	s.Workers = append(s.Workers, w)
	return w, false, nil
}

// apply obeys p for w. What was said of a worker that is shared counts already.
func (p params) apply(c *compat.Cmd, w *upstream.Worker, shared bool, prefix string) error {
	for _, x := range p {
		if shared {
			c.Warnf("proxy", compat.LevelWarn, "AH01146: Ignoring parameter '%s=%s' for worker '%s' because of worker sharing",
				x.key, x.value, w)
			continue
		}
		if err := w.SetFor(c, x.key, x.value); err != nil {
			return prefixed(prefix, err)
		}
	}
	return nil
}

func prefixed(prefix string, err error) error { return errors.New(prefix + err.Error()) }

// addMember is BalancerMember (add_member).
func addMember(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInHTAccess); err != nil {
		return err
	}
	path, url := c.Dir, ""
	var all params
	for rest := c.Raw; rest != ""; {
		var word string
		word, rest = apacheconf.Word(rest)
		key, value, isParam := strings.Cut(word, "=")
		switch {
		case isParam:
			all.set(key, value)
		case path == "":
			path = word
		case url == "":
			url = word
		case c.Dir != "":
			return errors.New("BalancerMember can not have a balancer name when defined in a location")
		default:
			return errors.New("Invalid BalancerMember parameter. Parameter must be in the form 'key=value'")
		}
	}
	if path == "" {
		return errors.New("BalancerMember must define balancer name when outside <Proxy > section")
	}
	if url == "" {
		return errors.New("BalancerMember must define remote proxy server")
	}
	real, ok := upstream.WithoutSocket(url)
	if !ok {
		return errors.New(`BalancerMember uses an invalid "unix:" URL`)
	}
	b, err := balancerFor(c, strings.ToLower(path))
	if err != nil {
		return prefixed("BalancerMember ", err)
	}
	w := upstream.FindWorker(b.Members, real, upstream.Prefixes|upstream.Matches)
	shared := w != nil
	if !shared {
		if w, err = upstream.NewWorker(url, false, c.Build.RuntimePath); err != nil {
			return prefixed("BalancerMember ", err)
		}
		w.Balancer = b
		b.Members = append(b.Members, w)
	}
	return all.apply(c, w, shared, "BalancerMember ")
}

// A target is what ProxySet and the arguments of <Proxy> speak of.
type target struct {
	balancer *upstream.Balancer
	worker   *upstream.Worker
}

func (t target) set(c *compat.Cmd, key, value string) error {
	if t.worker != nil {
		return t.worker.SetFor(c, key, value)
	}
	return t.balancer.Set(c.Build, key, value)
}

// set is ProxySet (set_proxy_param). In a <Proxy> it makes the worker it is
// about.
func set(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInHTAccess); err != nil {
		return err
	}
	name, rest, match, inside := "", c.Raw, false, false
	if n := len(c.Parents); n > 0 && strings.HasPrefix(strings.ToLower(c.Parents[n-1].Name), "<proxy") {
		name, _ = apacheconf.Word(c.Parents[n-1].Args)
		name, _, _ = strings.Cut(name, ">")
		match, inside = strings.EqualFold(c.Parents[n-1].Name, "<ProxyMatch"), true
	} else {
		name, rest = apacheconf.Word(c.Raw)
	}
	t, err := find(c, name, match, inside)
	if err != nil {
		return err
	}
	for rest != "" {
		var word string
		word, rest = apacheconf.Word(rest)
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return errors.New("Invalid ProxySet parameter. Parameter must be in the form 'key=value'")
		}
		if err := t.set(c, key, value); err != nil {
			return errors.New("ProxySet: " + err.Error() + " " + key + "=" + value + "; " + name)
		}
	}
	return nil
}

// find is the worker or balancer called name; it is made if make says so.
func find(c *compat.Cmd, name string, match, make bool) (t target, err error) {
	s := of(c)
	if upstream.IsBalancer(name) {
		if t.balancer = upstream.FindBalancer(s.Balancers, name); t.balancer != nil {
			return t, nil
		}
		if !make {
			return t, compat.Errorf("ProxySet can not find '%s' Balancer.", name)
		}
		if t.balancer, err = balancerFor(c, name); err != nil {
			return t, prefixed("ProxySet ", err)
		}
		return t, nil
	}
	real, ok := upstream.WithoutSocket(name)
	if !ok {
		return t, errors.New(`ProxySet uses an invalid "unix:" URL`)
	}
	kinds := upstream.Prefixes | upstream.Matches
	if make {
		kinds = kindOf(match)
	}
	if t.worker = upstream.FindWorker(s.Workers, real, kinds); t.worker != nil {
		return t, nil
	}
	if !make {
		return t, compat.Errorf("ProxySet can not find '%s' Worker.", name)
	}
	if t.worker, err = upstream.NewWorker(name, match, c.Build.RuntimePath); err != nil {
		return t, prefixed("ProxySet ", err)
	}
	s.Workers = append(slices.Clip(s.Workers), t.worker)
	return t, nil
}
