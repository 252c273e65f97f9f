package ssl

import "understudy/compat"

// The rows stand in the order of mod_ssl's table, which -L prints.

// globalRows are for the whole server.
var globalRows = []compat.Directive{
	servers.Directive("SSLPassPhraseDialog", compat.Take1, compat.Server, passPhraseDialog,
		"SSL dialog mechanism for the pass phrase query ('builtin', '|/path/to/pipe_program', or 'exec:/path/to/cgi_program')"),
	servers.Directive("SSLSessionCache", compat.Take1, compat.Server, sessionCache,
		"SSL Session Cache storage ('none', 'nonenotnull', 'dbm:/path/to/file')").Inertly("sessions are resumed by tickets, which need no cache"),
	servers.Directive("SSLCryptoDevice", compat.Take1, compat.Server, cryptoDevice,
		"SSL external Crypto Device usage ('builtin', '...')").Inertly("there is no device but the processor"),
	servers.Directive("SSLRandomSeed", compat.Take23, compat.Server, randomSeed,
		"SSL Pseudo Random Number Generator (PRNG) seeding source ('startup|connect builtin|file:/path|exec:/path [bytes]')").Inertly("random numbers are the system's"),
	servers.Directive("SSLVHostSNIPolicy", compat.Take1, compat.Server, sniPolicy,
		"SSL VirtualHost SNI compatibility policy setting"),
}

// serverRows are for hosts; some of them are for sections too, whose certificates of
// clients they are about.
var serverRows = []compat.Directive{
	servers.Directive("SSLEngine", compat.Take1, compat.Server, setEngine,
		"SSL switch for the protocol engine ('on', 'off')"),
	servers.Directive("SSLFIPS", compat.Flag, compat.Server, fips,
		"Enable FIPS-140 mode (`on', `off')").Inertly("only Off is accepted"),
	sections.Directive("SSLCipherSuite", compat.Take12, compat.AuthConfig|compat.Server, cipherSuite,
		"Colon-delimited list of permitted SSL Ciphers, optional preceded by protocol identifier ('XXX:...:XXX' - see manual)"),
	servers.Directive("SSLCertificateFile", compat.Take1, compat.Server, fileList(func(c *server) *[]string { return &c.certs }),
		"SSL Server Certificate file ('/path/to/file' - PEM or DER encoded)"),
	servers.Directive("SSLCertificateKeyFile", compat.Take1, compat.Server, fileList(func(c *server) *[]string { return &c.keys }),
		"SSL Server Private Key file ('/path/to/file' - PEM or DER encoded)"),
	servers.Directive("SSLCertificateChainFile", compat.Take1, compat.Server, file(func(c *server) *string { return &c.chain }),
		"SSL Server CA Certificate Chain file ('/path/to/file' - PEM encoded)"),
	servers.Directive("SSLSessionTicketKeyFile", compat.Take1, compat.Server, file(func(c *server) *string { return &c.ticketKey }),
		"TLS session ticket encryption/decryption key file (RFC 5077) ('/path/to/file' - file with 48 bytes of random data)"),
	sections.Directive("SSLCACertificatePath", compat.Take1, compat.AuthConfig|compat.Server, caCertificatePath,
		"SSL CA Certificate path ('/path/to/dir' - contains PEM encoded files)"),
	sections.Directive("SSLCACertificateFile", compat.Take1, compat.AuthConfig|compat.Server, caCertificateFile,
		"SSL CA Certificate file ('/path/to/file' - PEM encoded)"),
	servers.Directive("SSLCADNRequestPath", compat.Take1, compat.Server, dir(func(c *server) *string { return &c.names.dir }),
		"SSL CA Distinguished Name path ('/path/to/dir' - symlink hashes to PEM of acceptable CA names to request)"),
	servers.Directive("SSLCADNRequestFile", compat.Take1, compat.Server, file(func(c *server) *string { return &c.names.file }),
		"SSL CA Distinguished Name file ('/path/to/file' - PEM encoded to derive acceptable CA names to request)"),
	servers.Directive("SSLCARevocationPath", compat.Take1, compat.Server, dir(func(c *server) *string { return &c.crl.dir }),
		"SSL CA Certificate Revocation List (CRL) path ('/path/to/dir' - contains PEM encoded files)"),
	servers.Directive("SSLCARevocationFile", compat.Take1, compat.Server, file(func(c *server) *string { return &c.crl.file }),
		"SSL CA Certificate Revocation List (CRL) file ('/path/to/file' - PEM encoded)"),
	servers.Directive("SSLCARevocationCheck", compat.RawArgs, compat.Server, revocationCheck,
		"SSL CA Certificate Revocation List (CRL) checking mode"),
	sections.Directive("SSLVerifyClient", compat.Take1, compat.AuthConfig|compat.Server, verifyClient,
		"SSL Client verify type ('none', 'optional', 'require', 'optional_no_ca')"),
	sections.Directive("SSLVerifyDepth", compat.Take1, compat.AuthConfig|compat.Server, verifyDepth,
		"SSL Client verify depth ('N' - number of intermediate certificates)"),
	servers.Directive("SSLSessionCacheTimeout", compat.Take1, compat.Server, cacheTimeout,
		"SSL Session Cache object lifetime ('N' - number of seconds)"),
	servers.Directive("SSLProtocol", compat.RawArgs, compat.Server, setProtocol,
		"Enable or disable various SSL protocols ('[+-][TLSv1|TLSv1.1|TLSv1.2] ...' - see manual)"),
	servers.Directive("SSLHonorCipherOrder", compat.Flag, compat.Server, flag(func(c *server) **bool { return &c.honorOrder }),
		"Use the server's cipher ordering preference"),
	servers.Directive("SSLCompression", compat.Flag, compat.Server, compression,
		"Enable SSL level compression (`on', `off')").Inertly("only Off is accepted: TLS is never compressed"),
	servers.Directive("SSLSessionTickets", compat.Flag, compat.Server, flag(func(c *server) **bool { return &c.tickets }),
		"Enable or disable TLS session tickets(`on', `off')"),
	servers.Directive("SSLInsecureRenegotiation", compat.Flag, compat.Server, insecureRenegotiation,
		"Enable support for insecure renegotiation").Inertly("nothing is renegotiated"),
	sections.Directive("SSLUserName", compat.Take1, compat.AuthConfig|compat.Server, userName,
		"Set user name to SSL variable value"),
	servers.Directive("SSLStrictSNIVHostCheck", compat.Flag, compat.Server, flag(func(c *server) **bool { return &c.strictSNI }),
		"Strict SNI virtual host checking"),
	servers.Directive("SSLSRPVerifierFile", compat.Take1, compat.Server, srp,
		"SRP verifier file ('/path/to/file' - created by srptool)"),
	servers.Directive("SSLSRPUnknownUserSeed", compat.Take1, compat.Server, srp,
		"SRP seed for unknown users (to avoid leaking a user's existence) ('some secret text')"),
}

// sectionRows are for sections.
var sectionRows = []compat.Directive{
	sections.Directive("SSLOptions", compat.RawArgs, compat.Options, setOptions,
		"Set one or more options to configure the SSL engine('[+-]option[=value] ...' - see manual)"),
	sections.Directive("SSLRequireSSL", compat.RawArgs, compat.AuthConfig, requireSSL,
		"Require the SSL protocol for the per-directory context (no arguments)"),
	sections.Directive("SSLRequire", compat.RawArgs, compat.AuthConfig, require,
		"Require a boolean expression to evaluate to true for granting access(arbitrary complex boolean expression - see manual)"),
	sections.Directive("SSLRenegBufferSize", compat.Take1, compat.AuthConfig, renegBufferSize,
		"Configure the amount of memory that will be used for buffering the request body if a per-location SSL renegotiation is required due to changed access control requirements").Inertly("a client certificate is asked for at the handshake, nothing is renegotiated"),
}

// otherRows come last.
var otherRows = []compat.Directive{
	servers.Directive("SSLOpenSSLConfCmd", compat.Take2, compat.Server, confCommand,
		"OpenSSL configuration command"),
	sections.Directive("SSLLog", compat.RawArgs, compat.All, deprecated,
		"SSLLog directive is no longer supported - use ErrorLog.").Inertly("it is refused, as by Apache"),
	sections.Directive("SSLLogLevel", compat.RawArgs, compat.All, deprecated,
		"SSLLogLevel directive is no longer supported - use LogLevel.").Inertly("it is refused, as by Apache"),
}
