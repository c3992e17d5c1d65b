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
// a function tells more of why it waits than what it calls. Without positions
// all packages are taken as they stand. The bound is of lines. Of a command
// that is known only what it is built of is taken: nothing else ran.
func choose(x *index, r *reader, seeds []*unit, command string, bound int) choice {
	var c choice
	seen := map[*unit]bool{}
	full := false
	built := x.builds(command)
	take := func(u *unit, must bool) bool {
		if seen[u] || !must && built != nil && !built[u] {
			return false
		}
		seen[u] = true
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

// builds are the own packages that a command is built of; nil when there is no such command.
func (x *index) builds(command string) map[*unit]bool {
	u := x.byPath[command]
	if u == nil {
		return nil
	}
	out := map[*unit]bool{u: true}
	for queue := []*unit{u}; len(queue) > 0; queue = queue[1:] {
		for _, v := range x.imports(queue[0]) {
			if !out[v] {
				out[v] = true
				queue = append(queue, v)
			}
		}
	}
	return out
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
