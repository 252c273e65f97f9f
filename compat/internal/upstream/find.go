package upstream

import "strings"

// Kinds of workers to look for.
const (
	Prefixes = 1 << iota
	Matches
)

// FindWorker is the worker whose name is the longest beginning of url, of at
// least its scheme and authority (ap_proxy_get_worker_ex). url has no socket.
func FindWorker(workers []*Worker, url string, kinds int) *Worker {
	i := strings.Index(url, "://")
	if i < 0 || i+3 == len(url) {
		return nil
	}
	end := len(url)
	if j := strings.IndexByte(url[i+3:], '/'); j >= 0 {
		end = i + 3 + j
	}
	if lower := strings.ToLower(url[:end]); lower != url[:end] {
		url = lower + url[end:]
	}
	var best *Worker
	for _, w := range workers {
		n := len(w.Name)
		if n > len(url) || n < end || best != nil && n <= len(best.Name) {
			continue
		}
		if w.Match && kinds&Matches != 0 && fitsReferences(url, w.Name) ||
			!w.Match && kinds&Prefixes != 0 && url[:n] == w.Name {
			best = w
		}
	}
	return best
}

// fitsReferences reports whether url begins with name, where "$1" in name
// stands for any text, and a backslash for what follows it
// (ap_proxy_strcmp_ematch).
func fitsReferences(url, name string) bool {
	fits, _ := ematch(url, name)
	return fits
}

// ematch tells a mismatch after which a wildcard before it may try further on
// from one that is final.
func ematch(s, name string) (fits, final bool) {
	x := 0
	for y := 0; y < len(name); y, x = y+1, x+1 {
		if isReference(name[y:]) {
			for isReference(name[y:]) {
				y += 2
			}
			if y == len(name) {
				return true, true
			}
			for ; x < len(s); x++ {
				if fits, final = ematch(s[x:], name[y:]); fits || final {
					return fits, final
				}
			}
			return false, true
		}
		if x >= len(s) {
			return false, true
		}
		if name[y] == '\\' {
			if y++; y == len(name) {
				return false, true
			}
		}
		if s[x] != name[y] {
			return false, false
		}
	}
	return true, true
}

func isReference(s string) bool {
	return len(s) >= 2 && s[0] == '$' && s[1] >= '0' && s[1] <= '9'
}
