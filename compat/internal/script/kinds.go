package script

// CGI and CGID are the two modules.
var (
	CGI = &Kind{Module: "cgi", Codes: Codes{NoExec: "AH02809", NPH: "AH02810", Missing: "AH02811",
		Directory: "AH02812", PathInfo: "AH02813", Permission: "AH03194", Body: "AH01225"}}
	CGID = &Kind{Module: "cgid", Codes: Codes{NoExec: "AH01262", NPH: "AH01263", Missing: "AH01264",
		Directory: "AH01265", PathInfo: "AH01266", Permission: "AH01267", Body: "AH01270"}}
)

// Kinds are both, that first whose programs a page with directives runs.
var Kinds = []*Kind{CGID, CGI}
