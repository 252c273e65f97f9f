package http

import (
	"testing"
	"time"

	"understudy/compat/internal/conftest"
)

func TestDirectives(t *testing.T) {
	b := conftest.New(t, &Module)
	p := &conftest.Place{Host: b.Main}
	if err := p.Obey("KeepAlive Off", "KeepAliveTimeout 500ms", "MaxKeepAliveRequests 7"); err != nil {
		t.Fatal(err)
	}
	if h := b.Main; *h.KeepAlive || *h.KeepAliveTimeout != 500*time.Millisecond || *h.MaxKeepAlive != 7 {
		t.Errorf("got %v %v %d", *h.KeepAlive, *h.KeepAliveTimeout, *h.MaxKeepAlive)
	}
	if err := p.Obey("KeepAliveTimeout xx"); err == nil || err.Error() != "KeepAliveTimeout has wrong format" {
		t.Errorf("got %v", err)
	}
	if err := p.Obey("KeepAlive x"); err == nil || err.Error() != "KeepAlive must be On or Off" {
		t.Errorf("got %v", err)
	}
}
