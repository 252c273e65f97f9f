package proxyhtml

import "strings"

// set makes a set of the words of a list.
func set(list string) map[string]bool {
	m := map[string]bool{}
	for _, word := range strings.Fields(list) {
		m[word] = true
	}
	return m
}

var (
	// rawElements are those whose content is no text.
	rawElements = set("script style iframe noembed noframes xmp plaintext")
	// emptyElements have no content, and no end tag.
	emptyElements = set("area base basefont br col embed frame hr img input isindex link meta param source track wbr")

	// html4Elements are the elements of HTML 4.01, and deprecated those it would
	// be without (htmlTagLookup of libxml2).
	html4Elements = set(`a abbr acronym address applet area b base basefont bdo big blockquote body br button caption
		center cite code col colgroup dd del dfn dir div dl dt em embed fieldset font form frame frameset h1 h2 h3
		h4 h5 h6 head hr html i iframe img input ins isindex kbd label legend li link map menu meta noframes noscript
		object ol optgroup option p param pre q s samp script select small span strike strong style sub sup table
		tbody td textarea tfoot th thead title tr tt u ul var`)
	deprecated = set("applet basefont center dir embed font isindex menu s strike u")
)

// drops reports whether elements of a name are left out.
func (t doctype) drops(name string) bool {
	switch {
	case t.strict:
		return !html4Elements[name] || deprecated[name]
	case t.legacy:
		return !html4Elements[name]
	}
	return false
}
