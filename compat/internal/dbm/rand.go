package dbm

import (
	"fmt"
	random "math/rand/v2"
)

// rand is for what tells files from each other; nothing is kept safe by it.
func rand() uint32 { return random.Uint32() }

func suffix() string { return fmt.Sprintf("%06x", rand()&0xffffff) }
