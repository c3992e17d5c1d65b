package source

// choice is which packages are read with their bodies.
type choice struct {
	units []*unit
	lines int
	// left are packages around the positions that the bound left out.
	left int
}

// choose takes the packages of the positions in any case, then the nearest of
// those that import them, directly or not, then of those they import: who calls
// a function tells more of why it waits than what it calls. What the watched
// command does not import did not run, and is left alone. Without positions all
// packages are taken as they stand. The bound is of lines.
func choose(x *index, r *reader, command *unit, seeds []*unit, bound int) choice {
	var c choice
	seen := map[*unit]bool{}
	full := false
	ran := x.linked(command)
	take := func(u *unit, must bool) bool {
		if seen[u] {
			return false
		}
		seen[u] = true
		if ran != nil && !ran[u] && !must {
			return false
		}
		n := 0
		if !full || must {
			for _, f := range u.files {
				n += r.lines(f)
			}
		}
		if !must && (full || c.lines+n > bound) {
			full = true
			c.left++
			return false
		}
		c.lines += n
		c.units = append(c.units, u)
		return true
	}
	if len(seeds) == 0 {
		for _, u := range x.own {
			take(u, false)
		}
		return c
	}
	for _, u := range seeds {
		take(u, true)
	}
	spread(seeds, take, func(u *unit) []*unit { return x.importers[u] })
	spread(append([]*unit(nil), c.units...), take, x.imports)
	return c
}

// spread takes what is next to the packages, then what is next to that.
func spread(round []*unit, take func(*unit, bool) bool, next func(*unit) []*unit) {
	for len(round) > 0 {
		var following []*unit
		for _, u := range round {
			for _, v := range next(u) {
				if take(v, false) {
					following = append(following, v)
				}
			}
		}
		round = following
	}
}

// linked are the own packages that a command is made of, nil when there is no command.
func (x *index) linked(command *unit) map[*unit]bool {
	if command == nil {
		return nil
	}
	ran := map[*unit]bool{command: true}
	spread([]*unit{command}, func(u *unit, _ bool) bool {
		defer func() { ran[u] = true }()
		return !ran[u]
	}, x.imports)
	return ran
}

// imports are the own packages that a package imports.
func (x *index) imports(u *unit) []*unit {
	var out []*unit
	for _, path := range u.imports {
		if to := x.byPath[u.resolve(path)]; to != nil && to.own {
			out = append(out, to)
		}
	}
	return out
}
