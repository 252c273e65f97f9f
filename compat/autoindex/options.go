package autoindex

import (
	"strings"

	"understudy/compat"
)

// An optionSet is a set of IndexOptions.
type optionSet uint32

const (
	optNone optionSet = 1 << iota
	iconsAreLinks
	scanTitles
	suppressIcon
	suppressModified
	suppressSize
	suppressDescription
	suppressPreamble
	suppressSorting
	suppressRules
	foldersFirst
	versionSort
	trackModified
	fancy
	table
	ignoreClient
	ignoreCase
	xhtml
	showForbidden
	altClass
)

var optionNames = map[string]optionSet{
	"fancyindexing": fancy, "foldersfirst": foldersFirst, "htmltable": table, "iconsarelinks": iconsAreLinks,
	"ignorecase": ignoreCase, "ignoreclient": ignoreClient, "scanhtmltitles": scanTitles,
	"suppresscolumnsorting": suppressSorting, "suppressdescription": suppressDescription,
	"suppresshtmlpreamble": suppressPreamble, "suppressicon": suppressIcon,
	"suppresslastmodified": suppressModified, "suppresssize": suppressSize, "suppressrules": suppressRules,
	"trackmodified": trackModified, "versionsort": versionSort, "xhtml": xhtml, "showforbidden": showForbidden,
	"addaltclass": altClass,
}

// addOptions is IndexOptions. A word without sign forgets all that have one
// before it.
func addOptions(c *compat.Cmd, conf *config) error {
	options, added, removed := conf.options, conf.added, conf.removed
	for _, word := range c.Words {
		sign := byte(0)
		if word != "" && (word[0] == '+' || word[0] == '-') {
			sign, word = word[0], word[1:]
		}
		option := optionNames[strings.ToLower(word)]
		switch {
		case option != 0:
		case strings.EqualFold(word, "None"):
			if sign != 0 {
				return compat.Errorf("Cannot combine '+' or '-' with 'None' keyword")
			}
			options = optNone
		default:
			if err := conf.setValue(word, sign); err != nil {
				return err
			}
		}
		switch sign {
		case 0:
			options, added, removed = options|option, 0, 0
		case '+':
			added, removed = added|option, removed&^option
		default:
			added, removed = added&^option, removed|option
		}
	}
	if options&optNone != 0 && options&^optNone != 0 {
		return compat.Errorf("Cannot combine other IndexOptions keywords with 'None'")
	}
	conf.options, conf.added, conf.removed = options, added, removed
	return nil
}

// The size of Apache's own icons.
const (
	iconWidth  = 20
	iconHeight = 22
)

// setValue obeys the words that are more than a switch.
func (conf *config) setValue(word string, sign byte) error {
	name, value, given := strings.Cut(word, "=")
	switch strings.ToLower(name) {
	case "iconwidth":
		return setIcon(&conf.iconWidth, iconWidth, sign, "IconWidth", value, given)
	case "iconheight":
		return setIcon(&conf.iconHeight, iconHeight, sign, "IconHeight", value, given)
	case "namewidth":
		return conf.name.set("NameWidth", sign, value, given, 5)
	case "descriptionwidth":
		return conf.description.set("DescriptionWidth", sign, value, given, 12)
	case "type":
		if given {
			conf.media = &value
			return nil
		}
	case "charset":
		if given {
			conf.charset = &value
			return nil
		}
	case "useolddateformat":
		if !given {
			conf.oldDates = true
			return nil
		}
	}
	return compat.Errorf("Invalid directory indexing option")
}

func setIcon(at *int, standard int, sign byte, name, value string, given bool) error {
	switch {
	case given && sign == '-':
		return compat.Errorf("Cannot combine '-' with %s=n", name)
	case given:
		*at = compat.Atoi(value)
	case sign == '-':
		*at = 0
	default:
		*at = standard
	}
	return nil
}

// maxWidth keeps lines within reason; Apache runs out of memory instead.
const maxWidth = 4096

func (w *width) set(name string, sign byte, value string, given bool, least int) error {
	switch {
	case !given && sign != '-':
		return compat.Errorf("%s with no value may only appear as '-%s'", name, name)
	case !given:
		*w = width{said: true, n: defaultWidth}
		return nil
	case sign == '-':
		return compat.Errorf("Cannot combine '-' with %s=n", name)
	case strings.HasPrefix(value, "*"):
		*w = width{said: true, n: w.least(), adjust: true}
		return nil
	}
	n := compat.Atoi(value)
	if n != 0 && n < least {
		return compat.Errorf("%s value must be greater than %d", name, least)
	}
	*w = width{said: true, n: min(n, maxWidth)}
	return nil
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
