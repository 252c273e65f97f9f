package sed

// substitute obeys s (substitute, dosub).
func (e *eval) substitute(c *command) error {
	line := text(e.line)
	x := matcher{text: line, steps: &e.steps, barred: -1}
	ok, err := x.find(c.re, 0)
	if err != nil || !ok {
		return err
	}
	e.replaced = false
	var made []byte
	done := 0 // how much of line is in made
	for n := 1; ok; n++ {
		if c.nth == 0 || n == c.nth {
			e.replaced = true
			made = append(made, line[done:x.m.from]...)
			made = expand(made, c.by, line, &x.m)
			done = x.m.to
			if e.steps -= int64(len(c.by)); len(made) > maxSpace {
				return errSpace
			}
		}
		if !c.every && (c.nth == 0 || n >= c.nth) || x.m.to == len(line) || c.re.start {
			break
		}
		x.barred = x.m.to
		if ok, err = x.find(c.re, x.m.to); err != nil {
			return err
		}
		if ok && x.m.to == x.barred {
			return errSpace // It would match nothing for ever, and the line grow.
		}
	}
	if !e.replaced {
		return nil
	}
	if made = append(made, line[done:]...); len(made) > maxSpace {
		return errSpace
	}
	e.line = append(e.line[:0], text(made)...)
	return e.afterwards(c)
}

// afterwards prints and writes what was replaced. p counts only where lines are
// not printed anyway.
func (e *eval) afterwards(c *command) (err error) {
	if e.s.quiet {
		switch c.print {
		case 'p':
			err = e.print(e.line)
		case 'P':
			err = e.printFirst()
		}
	}
	e.write(c)
	return err
}

// expand adds what takes the place of a match: & is all of it, \1 to \9 its
// groups.
func expand(made []byte, by string, line []byte, m *found) []byte {
	for i := 0; i < len(by); i++ {
		switch c := by[i]; c {
		case '&':
			made = append(made, line[m.from:m.to]...)
		case '\\':
			if i++; i == len(by) {
				return made
			}
			if n := int(by[i]) - '1'; n >= 0 && n < maxGroups {
				made = append(made, line[m.groups[n][0]:m.groups[n][1]]...)
			} else {
				made = append(made, by[i])
			}
		default:
			made = append(made, c)
		}
	}
	return made
}
