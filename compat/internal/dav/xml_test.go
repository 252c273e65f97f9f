package dav

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	deep := strings.Repeat("<a>", maxDepth+1) + strings.Repeat("</a>", maxDepth+1)
	many := "<a" + strings.Repeat(` xmlns:x="u"`, 2) + "/>"
	for _, tt := range []struct {
		body string
		ok   bool
	}{
		{`<a/>`, true},
		{"\xef\xbb\xbf<a/>", true},
		{"\xff\xfe<\x00a\x00/\x00>\x00", true},
		{`<?xml version="1.0" encoding="ISO-8859-1"?>` + "<a>\xe4</a>", true},
		{`<?xml version="1.0" encoding="rot13"?><a/>`, false},
		{` <?xml version="1.0"?><a/>`, false},
		{`<!DOCTYPE a><a/>`, true},
		{`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, false},
		{`<a>&b;</a>`, false},
		{`<a>`, false},
		{`<a></b>`, false},
		{`<a/><b/>`, false},
		{`<a/>text`, false},
		{`text`, false},
		{`<x:a/>`, false},
		{`<a x:y="z"/>`, false},
		{`<a xmlns:x=""/>`, false},
		{`<a b="1" b="2"/>`, false},
		{"<a>\x01</a>", false},
		{deep, false},
		{many, false},
	} {
		if _, err := Parse([]byte(tt.body)); (err == nil) != tt.ok {
			t.Errorf("%.60q: %v", tt.body, err)
		}
	}
}

func TestElements(t *testing.T) {
	doc, err := Parse([]byte(`<D:a xmlns:D="DAV:" xmlns:z="urn:z" xml:lang="de"><z:b c="1&quot;" z:d="2">x &lt;<E xmlns="urn:&amp;">` +
		`y</E>tail</z:b><plain/></D:a>`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(doc.Namespaces, " "), "DAV: urn:z urn:&amp;"; got != want {
		t.Errorf("namespaces: got %q, want %q", got, want)
	}
	b := doc.Root.Children[0]
	if got, want := b.Inner([]int{0, 7, 8}), `x &lt;<ns8:E>y</ns8:E>tail`; got != want {
		t.Errorf("inner: got %q, want %q", got, want)
	}
	want := `<ns1:b ns1:d="2" c="1&quot;" xml:lang="de" xmlns:ns2="urn:&amp;" xmlns:ns1="urn:z" xmlns:ns0="DAV:">x &lt;` +
		`<ns2:E>y</ns2:E>tail</ns1:b>`
	if got := doc.Whole(b); got != want {
		t.Errorf("whole: got %q, want %q", got, want)
	}
	if got := doc.Root.Children[1].Empty(); got != "<plain/>\r\n" {
		t.Errorf("empty: got %q", got)
	}
}

func TestToken(t *testing.T) {
	token := NewToken()
	if got, err := ParseToken(token.String()); err != nil || got != token {
		t.Errorf("%v: got %v, %v", token, got, err)
	}
	for text, id := range map[string]int{
		"urn:x": ErrLockUnknown, "opaquelocktoken:": ErrLockParse,
		"opaquelocktoken:0123456-70123-0123-0123-0123456789ab": ErrLockParse,
	} {
		if _, err := ParseToken(text); err == nil || err.ID != id {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// FuzzParse writes what it could read, which must be read again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`<a/>`, `<D:a xmlns:D="DAV:"><b xmlns="u" c="d">e</b>f</D:a>`, `<a xml:lang="x">&amp;<![CDATA[<]]></a>`,
		`<?xml version="1.0" encoding="utf-16"?><a/>`, "\xfe\xff\x00<\x00a\x00/\x00>", `<!DOCTYPE a><xmlx:a/>`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := Parse(body)
		if err != nil {
			return
		}
		whole := doc.Whole(doc.Root)
		if _, err := Parse([]byte(whole)); err != nil && !strings.Contains(whole, "xml") {
			t.Errorf("%q became %q: %v", body, whole, err)
		}
	})
}
