//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// TestH2Spec runs h2spec, where the environment names it, over TLS: no case may
// fail.
func TestH2Spec(t *testing.T) {
	h2spec := os.Getenv("H2SPEC")
	if h2spec == "" {
		t.Skip("H2SPEC does not name the program of github.com/summerwind/h2spec")
	}
	cert, key := newCertificate(t, nil, nil, nil).texts(t)
	s := serveSite(t, `LoadModule ssl_module modules/mod_ssl.so
LoadModule http2_module modules/mod_http2.so
LoadModule cgid_module modules/mod_cgid.so
Protocols h2 http/1.1
SSLEngine on
SSLCertificateFile {{ROOT}}/cert.pem
SSLCertificateKeyFile {{ROOT}}/key.pem
ScriptAlias /slow {{ROOT}}/slow
`+grantAll, map[string]string{"cert.pem": cert, "key.pem": key, "slow": "#!/bin/sh\nsleep 0.02\nprintf 'Content-Type: text/plain\\n\\nslow\\n'\n"})
	// Several cases say something on a stream before its answer has ended.
	if err := os.Chmod(s.root+"/slow", 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(h2spec, "-t", "-k", "-h", "127.0.0.1", "-p", fmt.Sprint(s.port), "-P", "/slow").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s\n%s", err, out, s.log())
	}
}
