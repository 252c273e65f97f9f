package filter

import (
	"strings"

	"understudy/compat"
)

// declareLine is FilterDeclare (filter_declare).
func declareLine(c *compat.Cmd, conf *config) error {
	place := compat.FilterResource
	switch strings.ToUpper(c.Arg(1)) {
	case "CONTENT_SET":
		place = compat.FilterContent
	case "PROTOCOL":
		place = compat.FilterProtocol
	case "CONNECTION":
		place = compat.FilterConnection
	case "NETWORK":
		place = compat.FilterNetwork
	}
	conf.declare(c.Arg(0), place)
	return nil
}

func (c *config) declare(name string, place compat.FilterType) *filter {
	f := &filter{name: name, place: place}
	// Nobody else's filter has such a name.
	f.handle = compat.OutputFilter{Name: "filter:" + name, Type: place, Wrap: f.wrap, Repeats: true}
	if c.filters == nil {
		c.filters = map[string]*filter{}
	}
	c.filters[name] = f
	return f
}

// provider is FilterProvider (filter_provider).
func provider(c *compat.Cmd, conf *config) error {
	p, f, err := conf.add(c, c.Arg(0), c.Arg(1))
	if err != nil {
		return err
	}
	if p.when, err = c.Condition(c.Arg(2)); err != nil {
		return compat.Errorf("Error parsing FilterProvider expression:%s", err)
	}
	f.providers = append(f.providers, p)
	return nil
}

// add makes a provider of a filter, which is declared with it if need be
// (add_filter).
func (c *config) add(cmd *compat.Cmd, name, provider string) (*choice, *filter, error) {
	registered := cmd.Build.OutputFilter(provider)
	if registered == nil {
		return nil, nil, compat.Errorf("Unknown filter provider %s", provider)
	}
	f := c.filters[name]
	if f == nil {
		f = c.declare(name, registered.Type)
	}
	return &choice{filter: registered}, f, nil
}

// byType is AddOutputFilterByType (filter_bytype).
func byType(c *compat.Cmd, conf *config) error {
	if len(c.Words) < 2 {
		return compat.Errorf("AddOutputFilterByType requires at least two arguments")
	}
	for name := range strings.SplitSeq(c.Arg(0), ";") {
		if name == "" {
			continue
		}
		label := "BYTYPE:" + name
		known := conf.filters[label] != nil
		p, f, err := conf.add(c, label, name)
		if err != nil {
			return err
		}
		p.types = c.Words[1:]
		f.providers = append(f.providers, p)
		if !known {
			conf.link(label)
		}
	}
	return nil
}

// trace is FilterTrace (filter_debug).
func trace(c *compat.Cmd, conf *config) error {
	f := conf.filters[c.Arg(0)]
	if f == nil {
		return compat.Errorf("Undeclared smart filter %s", c.Arg(0))
	}
	f.trace = compat.Atoi(c.Arg(1)) == 1
	return nil
}

// protocol is FilterProtocol (filter_protocol).
func protocol(c *compat.Cmd, conf *config) error {
	f := conf.filters[c.Arg(0)]
	if f == nil {
		return compat.Errorf("FilterProtocol: No such filter")
	}
	if len(c.Words) == 2 {
		f.flags = protocolFlags(c.Arg(1))
		return nil
	}
	for i := len(f.providers) - 1; i >= 0; i-- {
		if p := f.providers[i]; strings.EqualFold(p.filter.Name, c.Arg(1)) {
			p.setFlags(protocolFlags(c.Arg(2)), c.HTAccess)
			return nil
		}
	}
	return compat.Errorf("FilterProtocol: No such provider for this filter")
}

// setFlags says what the filter behind p does, which then counts wherever that
// is the provider; a .htaccess speaks for its own directory only.
func (p *choice) setFlags(flags compat.FilterProtocolFlags, here bool) {
	if here {
		p.own = &flags
		return
	}
	p.filter.Protocol = flags
}

func (p *choice) flags() compat.FilterProtocolFlags {
	if p.own != nil {
		return *p.own
	}
	return p.filter.Protocol
}

func protocolFlags(text string) (flags compat.FilterProtocolFlags) {
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(";, \t", c) }) {
		switch strings.ToLower(word) {
		case "change=yes":
			flags |= compat.FilterChanges | compat.FilterChangesLength
		case "change=no":
			flags &^= compat.FilterChanges | compat.FilterChangesLength
		case "change=1:1":
			flags |= compat.FilterChanges
		case "byteranges=no":
			flags |= compat.FilterNoByteRange
		case "proxy=no":
			flags |= compat.FilterNoProxy
		case "proxy=transform":
			flags |= compat.FilterTransforms
		case "cache=no":
			flags |= compat.FilterNoCache
		}
	}
	return flags
}
