package compat

import "os"

// Open opens the file of r to be read. A link that Options forbid is not
// followed, even if it was put there since the walk looked at the path.
func (r *Request) Open() (*os.File, error) {
	if r.LinksUpTo == 0 {
		return os.Open(r.Filename)
	}
	return openBelow(r.Filename, r.LinksUpTo, r.OwnLinks)
}
