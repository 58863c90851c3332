package wire

// order wants no check to wait for itself by way of others: none of a circle
// could be the first. Checks of other plugins are not known here and end no
// walk.
func (j *judge) order(checks []CheckInfo, p place) {
	w := orderWalk{checks: checks, at: make(map[string]int), state: make([]byte, len(checks))}
	for i := range checks {
		w.at[checks[i].ID] = i
	}
	for i := range checks {
		if n, dep, found := w.visit(i); found {
			j.want(false, p.index(n).at("depends_on").index(dep), "closes a circle: "+
				printable(checks[n].DependsOn[dep])+" waits for "+printable(checks[n].ID)+" already, by itself or by way of others")
			return
		}
	}
}

// orderWalk walks from checks to those that they depend on. state holds, for
// each, whether its walk has begun and whether it is done.
type orderWalk struct {
	checks []CheckInfo
	at     map[string]int
	state  []byte
}

const (
	walkBegun = 1
	walkDone  = 2
)

// visit returns the first dependency that leads back to a check from which the
// walk came.
func (w *orderWalk) visit(i int) (check, dependency int, found bool) {
	if w.state[i] == walkDone {
		return 0, 0, false
	}
	w.state[i] = walkBegun
	for n, id := range w.checks[i].DependsOn {
		next, known := w.at[id]
		if !known {
			continue
		}
		if w.state[next] == walkBegun {
			return i, n, true
		}
		if check, dependency, found = w.visit(next); found {
			return check, dependency, true
		}
	}
	w.state[i] = walkDone
	return 0, 0, false
}
