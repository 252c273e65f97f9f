package autoindex

import (
	"strings"

	"understudy/compat"
)

type options uint32

const (
	none options = 1 << iota
	fancyIndexing
	foldersFirst
	htmlTable
	iconsAreLinks
	ignoreCase
	ignoreClient
	scanTitles
	suppressSorting
	suppressDescription
	suppressPreamble
	suppressIcon
	suppressLastModified
	suppressSize
	suppressRules
	trackModified
	versionSort
	xhtml
	showForbidden
	addAltClass
)

var optionNames = map[string]options{"fancyindexing": fancyIndexing, "foldersfirst": foldersFirst, "htmltable": htmlTable,
	"iconsarelinks": iconsAreLinks, "ignorecase": ignoreCase, "ignoreclient": ignoreClient, "scanhtmltitles": scanTitles,
	"suppresscolumnsorting": suppressSorting, "suppressdescription": suppressDescription,
	"suppresshtmlpreamble": suppressPreamble, "suppressicon": suppressIcon, "suppresslastmodified": suppressLastModified,
	"suppresssize": suppressSize, "suppressrules": suppressRules, "trackmodified": trackModified,
	"versionsort": versionSort, "xhtml": xhtml, "showforbidden": showForbidden, "addaltclass": addAltClass}

const (
	defaultIconWidth  = 20
	defaultIconHeight = 22
	defaultWidth      = 23
	leastName         = 5
	leastDescription  = 12
)

// addOptions is IndexOptions (add_opts).
func addOptions(c *compat.Cmd, conf *config) error {
	for _, w := range c.Words {
		sign := byte(0)
		if w != "" && (w[0] == '+' || w[0] == '-') {
			sign, w = w[0], w[1:]
		}
		o := optionNames[strings.ToLower(w)]
		if o == 0 {
			if strings.EqualFold(w, "None") {
				if sign != 0 {
					return compat.Errorf("Cannot combine '+' or '-' with 'None' keyword")
				}
				conf.options, conf.add, conf.remove = none, 0, 0
			} else if err := conf.setting(w, sign); err != nil {
				return err
			}
		}
		switch sign {
		case 0:
			conf.options |= o
			conf.add, conf.remove = 0, 0
		case '+':
			conf.add, conf.remove = conf.add|o, conf.remove&^o
		default:
			conf.add, conf.remove = conf.add&^o, conf.remove|o
		}
	}
	if conf.options&none != 0 && conf.options != none {
		return compat.Errorf("Cannot combine other IndexOptions keywords with 'None'")
	}
	return nil
}

// setting obeys an option that has, or may have, a value.
func (conf *config) setting(w string, sign byte) error {
	name, value, given := strings.Cut(w, "=")
	if given && sign == '-' && !strings.EqualFold(name, "Type") && !strings.EqualFold(name, "Charset") {
		for _, n := range []string{"IconWidth", "IconHeight", "NameWidth", "DescriptionWidth"} {
			if strings.EqualFold(name, n) {
				return compat.Errorf("Cannot combine '-' with %s=n", n)
			}
		}
	}
	switch lower := strings.ToLower(name); {
	case lower == "iconwidth":
		conf.iconWidth = iconSize(value, given, sign, defaultIconWidth)
	case lower == "iconheight":
		conf.iconHeight = iconSize(value, given, sign, defaultIconHeight)
	case lower == "namewidth":
		return conf.name.set("NameWidth", value, given, sign, leastName)
	case lower == "descriptionwidth":
		return conf.desc.set("DescriptionWidth", value, given, sign, leastDescription)
	case lower == "type" && given:
		conf.mediaType = value
	case lower == "charset" && given:
		conf.charset, conf.noCharset = value, value == ""
	case lower == "useolddateformat" && !given:
		conf.oldDates = true
	default:
		return compat.Errorf("Invalid directory indexing option")
	}
	return nil
}

func iconSize(value string, given bool, sign byte, unsaid int) int {
	switch {
	case given:
		return compat.Atoi(value)
	case sign == '-':
		return 0
	}
	return unsaid
}

func (w *width) set(name, value string, given bool, sign byte, least int) error {
	switch {
	case !given && sign != '-':
		return compat.Errorf("%s with no value may only appear as '-%s'", name, name)
	case !given:
		*w = width{said: true, n: defaultWidth}
	case strings.HasPrefix(value, "*"):
		*w = width{said: true, adjust: true, n: w.n}
	default:
		n := compat.Atoi(value)
		if n != 0 && n < least {
			return compat.Errorf("%s value must be greater than %d", name, least)
		}
		*w = width{said: true, n: n}
	}
	return nil
}

// chars is how wide the column is at least.
func (w width) chars() int {
	if !w.said || w.adjust && w.n == 0 {
		return defaultWidth
	}
	return max(w.n, 0)
}

// mergeOptions makes m's options of those of base and over.
func (m *config) mergeOptions(base, over config) {
	if over.options == none {
		m.options, m.add, m.remove = none, 0, 0
		return
	}
	m.add, m.remove = 0, 0
	if over.options == 0 {
		m.add = (base.add | over.add) &^ over.remove
		m.remove = base.remove | over.remove
		m.options = base.options &^ none
	}
	m.options = (m.options | m.add) &^ m.remove
}

// setOrder is IndexOrderDefault.
func setOrder(c *compat.Cmd, conf *config) error {
	switch strings.ToLower(c.Arg(0)) {
	case "ascending":
		conf.direction = 'A'
	case "descending":
		conf.direction = 'D'
	default:
		return compat.Errorf("First keyword must be 'Ascending' or 'Descending'")
	}
	switch strings.ToLower(c.Arg(1)) {
	case "name":
		conf.key = 'N'
	case "date":
		conf.key = 'M'
	case "size":
		conf.key = 'S'
	case "description":
		conf.key = 'D'
	default:
		return compat.Errorf("Second keyword must be 'Name', 'Date', 'Size', or 'Description'")
	}
	return nil
}
