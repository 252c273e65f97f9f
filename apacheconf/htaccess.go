package apacheconf

// LoadHtaccess reads the text of a .htaccess file found at path under the
// configuration t: the same language, but nothing that changes the server is
// obeyed while reading. Include, Define and the like stay as nodes, for whom
// builds to refuse; so do <IfModule> and its like where conditionals are not
// permitted.
func LoadHtaccess(path string, text []byte, t *Tree, c Catalog, conditionals bool) ([]*Node, error) {
	// A copy of the tree's heading: warnings and what is watched stay local.
	local := &Tree{Root: t.Root, RuntimeDir: t.RuntimeDir, Modules: t.Modules, Defines: t.Defines}
	l := &loader{Options: Options{Modules: c}, tree: local, seen: map[string]bool{}, inHtaccess: true, noConditionals: !conditionals}
	var b block
	if err := l.readSource(&b, &source{name: path, lines: splitLines(text)}); err != nil {
		return nil, err
	}
	return b.nodes, nil
}
