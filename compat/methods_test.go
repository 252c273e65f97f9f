package compat

import "testing"

func TestMethods(t *testing.T) {
	all := Methods{}
	get := NewMethods([]string{"GET", "HEAD"}, false)
	getPost := NewMethods([]string{"GET", "POST"}, false)
	notGet := NewMethods([]string{"HEAD"}, true)
	none := get.And(notGet)
	for _, tt := range []struct {
		name string
		set  Methods
		has  string // of GET HEAD POST PUT, as the first letters G H P U
	}{
		{"all", all, "GHPU"},
		{"get", get, "GH"},
		{"not get", notGet, "PU"},
		{"none", none, ""},
		{"all and get", all.And(get), "GH"},
		{"get and all", get.And(all), "GH"},
		{"all and all", all.And(all), "GHPU"},
		{"two and one", getPost.And(get), "GH"},
		{"two but one", getPost.And(notGet), "P"},
		{"but one, two", notGet.And(getPost), "P"},
		{"but both", notGet.And(NewMethods([]string{"POST"}, true)), "U"},
		{"get or post", get.Or(getPost), "GHP"},
		{"get or not get", get.Or(notGet), "GHPU"},
		{"get or none", get.Or(none), "GH"},
		{"none or none", none.Or(none), ""},
		{"all or get", all.Or(get), "GHPU"},
		{"get or all", get.Or(all), "GHPU"},
	} {
		got := ""
		for _, m := range []string{"GET", "HEAD", "POST", "UT"} {
			if m == "UT" {
				if tt.set.Has("PUT") {
					got += "U"
				}
			} else if tt.set.Has(m) {
				got += m[:1]
			}
		}
		if got != tt.has {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.has)
		}
		if (got == "") != tt.set.Empty() || (got == "GHPU") != tt.set.All() {
			t.Errorf("%s: Empty %t, All %t", tt.name, tt.set.Empty(), tt.set.All())
		}
	}
	if !getPost.Covers(get) || get.Covers(getPost) || !all.Covers(notGet) || notGet.Covers(all) || get.Covers(all) {
		t.Error("Covers is wrong")
	}
}
