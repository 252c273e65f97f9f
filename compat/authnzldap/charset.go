package authnzldap

import (
	"os"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/compat/internal/textfile"
)

// charsets are the encodings in which clients write names and passwords, by
// their languages; nil: nothing is converted.
type charsets map[string]string

// path is where a build keeps the name of the file.
const path = module + " charsets file"

func setCharsets(c *compat.Cmd) error {
	if c.Host.Virtual { // Apache looks at the main server's only.
		return nil
	}
	if c.Build.Shared == nil {
		c.Build.Shared = map[string]any{}
	}
	c.Build.Shared[path] = c.Arg(0)
	return nil
}

// loadCharsets reads the file that AuthLDAPCharsetConfig names: lines of a
// language and an encoding.
func loadCharsets(b *compat.Build) error {
	name, ok := b.Shared[path].(string)
	if !ok || b.Testing {
		return nil
	}
	name = b.Path(name)
	data, err := os.ReadFile(name)
	if err != nil {
		return compat.Refuse("AH01751: could not open charset conversion config file %s.\nAH00016: Configuration Failed", name)
	}
	all := charsets{}
	for _, line := range textfile.Lines(data) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		language, rest := apacheconf.Word(line)
		if rest != "" {
			all[strings.ToLower(language)], _ = apacheconf.Word(rest)
		}
	}
	if all["utf-8"] == "" {
		return compat.Refuse("AH01752: could not find the UTF-8 charset in the file %s.\nAH00016: Configuration Failed", name)
	}
	b.Shared[module] = all
	return nil
}

func charsetsOf(r *compat.Request) charsets {
	all, _ := r.Host.Build.Shared[module].(charsets)
	return all
}

// convert is text in UTF-8, where the first language that the client reads says
// how it wrote it (authn_ldap_xlate_password).
func (all charsets) convert(r *compat.Request, text string) string {
	e := all.of(r)
	if e == nil {
		return text
	}
	if converted, err := e.NewDecoder().String(text); err == nil {
		return converted
	}
	return text
}

func (all charsets) of(r *compat.Request) encoding.Encoding {
	if all == nil || !r.In.Has("Accept-Language") {
		return nil
	}
	language := r.In.Get("Accept-Language")
	if i := strings.IndexAny(language, ",;"); i >= 0 {
		language = language[:i]
	}
	name := all[language]
	if name == "" && len(language) > 3 && language[2] == '-' {
		name = all[language[:2]]
	}
	if name == "" {
		return nil
	}
	e, err := ianaindex.IANA.Encoding(name)
	if err != nil {
		return nil
	}
	return e
}
