//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A treeScribe writes random configuration about who may see what: sections
// within sections, .htaccess files, and lines of Require, Order, Allow, Deny,
// Satisfy and AuthMerging in them. What it writes is valid.
type treeScribe struct {
	rnd      *rand.Rand
	text     strings.Builder
	name     string // of the tree: the URL without the slash
	htaccess bool   // it is for a .htaccess file
	methods  bool   // mod_allowmethods is there
	inLimit  bool   // it stands in <Limit>, in which another may exclude all
}

func (s *treeScribe) one(of ...string) string { return of[s.rnd.IntN(len(of))] }

// chance is true n times in a hundred.
func (s *treeScribe) chance(n int) bool { return s.rnd.IntN(100) < n }

func (s *treeScribe) line(format string, args ...any) {
	fmt.Fprintf(&s.text, format+"\n", args...)
}

// block writes what is inside between the lines of a section.
func (s *treeScribe) block(name, arg string, inside func()) {
	s.line("<%s>", strings.TrimSpace(name+" "+arg))
	inside()
	s.line("</%s>", name)
}

// take is what was written since the last time.
func (s *treeScribe) take() string {
	text := s.text.String()
	s.text.Reset()
	return text
}

// tree writes the configuration and the .htaccess files of one tree.
func (s *treeScribe) tree() (conf string, htaccess map[string]string) {
	dir := "{{ROOT}}/htdocs/" + s.name
	s.block("Directory", dir, func() {
		s.line("AllowOverride %s", s.one("AuthConfig Limit", "AuthConfig", "All", "None"))
		if s.chance(60) {
			s.identify()
		}
		s.body(4)
		if s.chance(15) {
			s.line("ErrorDocument %s /%s/%s", s.one("401", "403"), s.name, s.one("x.txt", "s/y.txt", "s/", "nope"))
		}
		s.within()
	})
	places := []func(){
		func() { s.block("Directory", dir+"/s", func() { s.body(3); s.within() }) },
		func() { s.block("DirectoryMatch", `"`+dir+`/s"`, func() { s.body(2) }) },
		func() { s.block("Location", "/"+s.name, func() { s.body(2); s.maybeIf() }) },
		func() { s.block("Location", "/"+s.name+"/s/", func() { s.body(2) }) },
		func() { s.block("LocationMatch", "^/"+s.name+`/.*\.txt$`, func() { s.body(2) }) },
	}
	for _, write := range places {
		if s.chance(30) {
			write()
		}
	}
	conf = s.take()
	htaccess = map[string]string{}
	s.htaccess = true
	for _, sub := range []string{"", "s/"} {
		if s.chance(40) {
			s.body(3)
			s.within()
			htaccess["htdocs/"+s.name+"/"+sub+".htaccess"] = s.take()
		}
	}
	return conf, htaccess
}

// within writes sections inside of one.
func (s *treeScribe) within() {
	if s.chance(25) {
		s.block("Files", s.one("x.txt", "index.html", "*.txt", "y.*"), func() { s.body(2) })
	}
	s.maybeIf()
}

func (s *treeScribe) maybeIf() {
	if s.chance(20) {
		s.block("If", s.one(`"req('X-Go') == '1'"`, `"%{REQUEST_METHOD} == 'POST'"`), func() { s.body(2) })
	}
}

// identify says how users are known.
func (s *treeScribe) identify() {
	if s.chance(8) {
		s.line("AuthType None")
		return
	}
	s.line("AuthType Basic")
	s.line("AuthName %s", s.one("realm", `"a \"b\""`))
	s.line("AuthUserFile {{ROOT}}/users")
	if s.chance(90) {
		s.line("AuthGroupFile {{ROOT}}/groups")
	}
	if s.chance(20) {
		s.line("AuthBasicProvider %s", s.one("file", "other file", "other"))
	}
	if s.chance(10) {
		s.line("AuthBasicAuthoritative Off")
	}
}

// body writes up to n things a section can say.
func (s *treeScribe) body(n int) {
	for range s.rnd.IntN(n + 1) {
		switch p := s.rnd.IntN(100); {
		case p < 30:
			s.line("Require %s", s.requirement())
		case p < 45:
			s.container(2, false)
		case p < 55:
			s.limit(func() { s.limited() })
		case p < 63:
			s.line("AuthMerging %s", s.one("And", "Or", "Off"))
		case p < 71:
			s.line("Satisfy %s", s.one("Any", "All"))
		case p < 86:
			s.compat()
		case p < 94:
			s.identify()
		case p < 97:
			s.line("AuthzSendForbiddenOnFailure %s", s.one("On", "Off"))
		case s.methods && !s.htaccess:
			s.line("AllowMethods %s", s.one("GET", "GET POST", "POST", "reset"))
		}
	}
}

// compat writes a line of mod_access_compat.
func (s *treeScribe) compat() {
	who := s.one("all", "127.0.0.1", "10.0.0.0/8", "env=GO", "env=!GO", "127.", "10.1.2.3 127.0.0.0/8", "192.0.2")
	switch s.rnd.IntN(3) {
	case 0:
		s.line("Order %s", s.one("Allow,Deny", "Deny,Allow", "Mutual-Failure"))
	case 1:
		s.line("Allow from %s", who)
	default:
		s.line("Deny from %s", who)
	}
}

func (s *treeScribe) limit(inside func()) {
	s.inLimit = true
	s.block(s.one("Limit", "LimitExcept"), s.one("GET", "POST", "GET POST", "OPTIONS FOO", "HEAD"), inside)
	s.inLimit = false
}

// limited writes what makes sense inside <Limit>.
func (s *treeScribe) limited() {
	for range 1 + s.rnd.IntN(2) {
		switch s.rnd.IntN(5) {
		case 0, 1:
			s.line("Require %s", s.requirement())
		case 2:
			s.container(1, false)
		case 3:
			s.compat()
		default:
			s.line("Satisfy %s", s.one("Any", "All"))
		}
	}
}

// container writes <RequireAll> and its sisters. A <RequireAll> has a line that
// can grant, for Apache refuses one that has none.
func (s *treeScribe) container(depth int, inAll bool) {
	name := s.one("RequireAll", "RequireAny")
	if inAll && s.chance(40) {
		name = "RequireNone"
	}
	all := name == "RequireAll"
	s.block(name, "", func() {
		s.line("Require %s", s.requirement())
		for range s.rnd.IntN(3) {
			switch p := s.rnd.IntN(10); {
			case p < 3 && depth > 0:
				s.container(depth-1, all)
			case p < 5 && !s.inLimit:
				s.limit(func() { s.line("Require %s%s", s.negation(all), s.requirement()) })
			default:
				s.line("Require %s%s", s.negation(all), s.requirement())
			}
		}
	})
}

func (s *treeScribe) negation(may bool) string {
	if may && s.chance(40) {
		return "not "
	}
	return ""
}

func (s *treeScribe) requirement() string {
	return s.one("all granted", "all granted", "all denied", "ip 127.0.0.1", "ip 10", "env GO", "env !GO", "method GET",
		"method POST OPTIONS", "user alice", "user bob alice", "valid-user", "valid-user", "group staff", "group none staff",
		`expr "%{REQUEST_METHOD} == 'GET'"`, "expr %{REMOTE_USER} == 'alice'", "local", "isalice", "here", "user \"\" bob")
}
