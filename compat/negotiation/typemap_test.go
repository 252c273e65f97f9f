package negotiation

import (
	"fmt"
	"strings"
	"testing"
)

func show(v []variant) string {
	var b strings.Builder
	for _, v := range v {
		fmt.Fprintf(&b, "%s|%s|%v|%s|%s|%q|%d+%d|%v\n", v.name, v.media, v.languages, v.charset, v.encoding,
			v.description, v.body, v.bytes, v.source)
	}
	return b.String()
}

func TestReadMap(t *testing.T) {
	tests := []struct{ text, want, err string }{
		{"", "", ""},
		{"URI: a\n\nURI: b; vary=x\nContent-Type: Text/HTML; qs=.5; charset=X\n", "b|text/html|[]|x||\"\"|0+-1|0.5\n", ""},
		{"# c\nURI: a\n# c\nContent-Language: en,\n  (a comment) FR\n \nURI: b\nContent-Length: 7",
			"a||[en fr]||||", ""},
		{"uri: a\nContent-encoding: x-gzip y\nDescription: long\n text\n", "a||[]||x-gzip|\"long text\"|0+-1|0\n", ""},
		{"Content-Type: a/b\nBody:--x--\nhello\n--x-- rest\n\nURI: c\nContent-Type: d\n",
			"self|a/b|[]|||\"\"|29+6|1\nc|d|[]|||\"\"|0+-1|1\n", ""},
		{"URI: a\nContent-Type: b\nBody:--x--\nhello", "", "AH00685: Syntax error in type map, no end tag '--x--' found in F for Body: content."},
		{"URI: a\nContent-Length: -1\n", "", "AH00684: Parse error in type map, Content-Length: '-1' in F is invalid."},
		{"Garbage\n", "", "AH00681: Syntax error in type map, no ':' in F for header garbage\n"},
		{"URI:\n", "", "AH00682: Syntax error in type map --- no header body: F for uri:\n"},
	}
	for _, tt := range tests {
		m := typeMapReader{text: []byte(tt.text), self: "self"}
		got, err := m.read()
		text := ""
		if err != nil {
			text = strings.ReplaceAll(err.Error(), fileMark, "F")
		}
		if s := show(got); text != tt.err || !strings.HasPrefix(strings.ReplaceAll(s, `|""|0+-1|0`, "|||"), tt.want) && s != tt.want {
			t.Errorf("%q: got %s%q, want %s%q", tt.text, s, text, tt.want, tt.err)
		}
	}
}

func FuzzReadMap(f *testing.F) {
	f.Add("URI: a\nContent-Type: b\n c\n#\n\nBody:x\nyyx\n")
	f.Add("A:" + strings.Repeat("b", 2*maxLine) + "\n c")
	f.Fuzz(func(t *testing.T, text string) {
		m := typeMapReader{text: []byte(text), self: "self"}
		all, _ := m.read()
		for _, v := range all {
			if v.body != 0 && int(v.body+v.bytes) > len(text) {
				t.Fatalf("%q: a body of %d bytes at %d", text, v.bytes, v.body)
			}
		}
	})
}
