package ssl

import (
	"time"

	"understudy/compat"
)

// proxyRows are for TLS to other servers.
var proxyRows = []compat.Directive{
	proxies.Directive("SSLProxyEngine", compat.Flag, compat.Server|compat.Proxy, proxyFlag(func(c *proxy) **bool { return &c.engine }),
		"SSL switch for the proxy protocol engine ('on', 'off')"),
	proxies.Directive("SSLProxyProtocol", compat.RawArgs, compat.Server|compat.Proxy, proxyProtocol,
		"SSL Proxy: enable or disable SSL protocol flavors ('[+-][TLSv1|TLSv1.1|TLSv1.2] ...' - see manual)"),
	proxies.Directive("SSLProxyCipherSuite", compat.Take12, compat.Server|compat.Proxy, proxyCiphers,
		"SSL Proxy: colon-delimited list of permitted SSL ciphers , optionally preceded by protocol specifier ('XXX:...:XXX' - see manual)"),
	proxies.Directive("SSLProxyVerify", compat.Take1, compat.Server|compat.Proxy, proxyVerify,
		"SSL Proxy: whether to verify the remote certificate ('on' or 'off')"),
	proxies.Directive("SSLProxyVerifyDepth", compat.Take1, compat.Server|compat.Proxy, proxyDepth,
		"SSL Proxy: maximum certificate verification depth ('N' - number of intermediate certificates)"),
	proxies.Directive("SSLProxyCACertificateFile", compat.Take1, compat.Server|compat.Proxy, proxyFile(func(c *proxy) *string { return &c.ca.file }),
		"SSL Proxy: file containing server certificates ('/path/to/file' - PEM encoded certificates)"),
	proxies.Directive("SSLProxyCACertificatePath", compat.Take1, compat.Server|compat.Proxy, proxyDir(func(c *proxy) *string { return &c.ca.dir }),
		"SSL Proxy: directory containing server certificates ('/path/to/dir' - contains PEM encoded certificates)"),
	proxies.Directive("SSLProxyCARevocationPath", compat.Take1, compat.Server|compat.Proxy, proxyDir(func(c *proxy) *string { return &c.crl.dir }),
		"SSL Proxy: CA Certificate Revocation List (CRL) path ('/path/to/dir' - contains PEM encoded files)"),
	proxies.Directive("SSLProxyCARevocationFile", compat.Take1, compat.Server|compat.Proxy, proxyFile(func(c *proxy) *string { return &c.crl.file }),
		"SSL Proxy: CA Certificate Revocation List (CRL) file ('/path/to/file' - PEM encoded)"),
	proxies.Directive("SSLProxyCARevocationCheck", compat.RawArgs, compat.Server|compat.Proxy, proxyRevocation,
		"SSL Proxy: CA Certificate Revocation List (CRL) checking mode"),
	proxies.Directive("SSLProxyMachineCertificateFile", compat.Take1, compat.Server|compat.Proxy, proxyFile(func(c *proxy) *string { return &c.certs.file }),
		"SSL Proxy: file containing client certificates ('/path/to/file' - PEM encoded certificates)"),
	proxies.Directive("SSLProxyMachineCertificatePath", compat.Take1, compat.Server|compat.Proxy, proxyDir(func(c *proxy) *string { return &c.certs.dir }),
		"SSL Proxy: directory containing client certificates ('/path/to/dir' - contains PEM encoded certificates)"),
	proxies.Directive("SSLProxyMachineCertificateChainFile", compat.Take1, compat.Server|compat.Proxy, proxyFile(func(c *proxy) *string { return &c.chain }),
		"SSL Proxy: file containing issuing certificates of the client certificate (`/path/to/file' - PEM encoded certificates)"),
	proxies.Directive("SSLProxyCheckPeerExpire", compat.Flag, compat.Server|compat.Proxy, proxyFlag(func(c *proxy) **bool { return &c.checkExpire }),
		"SSL Proxy: check the peer certificate's expiration date"),
	proxies.Directive("SSLProxyCheckPeerCN", compat.Flag, compat.Server|compat.Proxy, proxyFlag(func(c *proxy) **bool { return &c.checkCN }),
		"SSL Proxy: check the peer certificate's CN"),
	proxies.Directive("SSLProxyCheckPeerName", compat.Flag, compat.Server|compat.Proxy, proxyFlag(func(c *proxy) **bool { return &c.checkName }),
		"SSL Proxy: check the peer certificate's name (must be present in subjectAltName extension or CN"),
}

// ocspRows ask whether certificates of clients were revoked.
var ocspRows = []compat.Directive{
	servers.Directive("SSLOCSPEnable", compat.RawArgs, compat.Server, ocspEnable,
		"Enable use of OCSP to verify certificate revocation mode ('on', 'leaf', 'off')"),
	servers.Directive("SSLOCSPDefaultResponder", compat.Take1, compat.Server, text(func(c *server) *string { return &c.ocsp.responder }),
		"URL of the default OCSP Responder"),
	servers.Directive("SSLOCSPOverrideResponder", compat.Flag, compat.Server, flag(func(c *server) **bool { return &c.ocsp.override }),
		"Force use of the default responder URL ('on', 'off')"),
	servers.Directive("SSLOCSPResponseTimeSkew", compat.Take1, compat.Server, seconds(func(c *server) **time.Duration { return &c.ocsp.skew }),
		"Maximum time difference in OCSP responses"),
	servers.Directive("SSLOCSPResponseMaxAge", compat.Take1, compat.Server, seconds(func(c *server) **time.Duration { return &c.ocsp.maxAge }),
		"Maximum age of OCSP responses"),
	servers.Directive("SSLOCSPResponderTimeout", compat.Take1, compat.Server, seconds(func(c *server) **time.Duration { return &c.ocsp.timeout }),
		"OCSP responder query timeout"),
	servers.Directive("SSLOCSPUseRequestNonce", compat.Flag, compat.Server, flag(func(c *server) **bool { return &c.ocsp.nonce }),
		"Whether OCSP queries use a nonce or not ('on', 'off')"),
	servers.Directive("SSLOCSPProxyURL", compat.Take1, compat.Server, ocspProxy,
		"Proxy URL to use for OCSP requests"),
	servers.Directive("SSLOCSPNoVerify", compat.Flag, compat.Server, flag(func(c *server) **bool { return &c.ocsp.noVerify }),
		"Do not verify OCSP Responder certificate ('on', 'off')"),
	servers.Directive("SSLOCSPResponderCertificateFile", compat.Take1, compat.Server, file(func(c *server) *string { return &c.ocsp.certs }),
		"Trusted OCSP responder certificates(`/path/to/file' - PEM encoded certificates)"),
}

// staplingRows have proofs sent that certificates of ours are good.
var staplingRows = []compat.Directive{
	servers.Directive("SSLStaplingCache", compat.Take1, compat.Server, staplingCache,
		"SSL Stapling Response Cache storage (`dbm:/path/to/file')").Inertly("responses of OCSP are kept in the memory of the server process"),
	servers.Directive("SSLUseStapling", compat.Flag, compat.Server, flag(func(c *server) **bool { return &c.stapling.use }),
		"SSL switch for the OCSP Stapling protocol (`on', `off')"),
	servers.Directive("SSLStaplingResponseTimeSkew", compat.Take1, compat.Server, seconds(func(c *server) **time.Duration { return &c.stapling.skew }),
		"SSL stapling option for maximum time difference in OCSP responses"),
	servers.Directive("SSLStaplingResponderTimeout", compat.Take1, compat.Server, seconds(func(c *server) **time.Duration { return &c.stapling.timeout }),
		"SSL stapling option for OCSP responder timeout"),
	servers.Directive("SSLStaplingResponseMaxAge", compat.Take1, compat.Server, seconds(func(c *server) **time.Duration { return &c.stapling.maxAge }),
		"SSL stapling option for maximum age of OCSP responses"),
	servers.Directive("SSLStaplingStandardCacheTimeout", compat.Take1, compat.Server, seconds(func(c *server) **time.Duration { return &c.stapling.cacheTime }),
		"SSL stapling option for normal OCSP Response Cache Lifetime"),
	servers.Directive("SSLStaplingReturnResponderErrors", compat.Flag, compat.Server, flag(func(c *server) **bool { return &c.stapling.returnErrors }),
		"SSL stapling switch to return Status Errors Back to Client(`on', `off')"),
	servers.Directive("SSLStaplingFakeTryLater", compat.Flag, compat.Server, flag(func(c *server) **bool { return &c.stapling.fakeTryLater }),
		"SSL stapling switch to send tryLater response to client on error (`on', `off')"),
	servers.Directive("SSLStaplingErrorCacheTimeout", compat.Take1, compat.Server, seconds(func(c *server) **time.Duration { return &c.stapling.errorTime }),
		"SSL stapling option for OCSP Response Error Cache Lifetime"),
	servers.Directive("SSLStaplingForceURL", compat.Take1, compat.Server, text(func(c *server) *string { return &c.stapling.url }),
		"SSL stapling option to Force the OCSP Stapling URL"),
}
