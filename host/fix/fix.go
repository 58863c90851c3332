// Package fix decides what a fix may do on the machine of the operator: which
// steps of a remedy may be run, in which order and with which values, and what
// an edit of a file changes. It is pure: it runs nothing and touches no file.
// Who runs steps runs what a [Plan] says and nothing else.
//
// # Whose words these are
//
// A command comes from a guest, and what stands in it may come from a server or,
// where the steps of a report are shown, from whoever wrote the report. So a
// command is only ever run when the sealed plugin gave it in this very process
// and the operator saw it, and what a step says of itself narrows what is done
// with it, never widens it: effect read makes nothing harmless.
//
// # Edits
//
// The commands that set a key in .env, in the settings file and in the values
// file are known by their whole text ([ReadEdit]). They are not given to a
// shell: that would write through a redirection, which a kill tears. What they
// do is computed from the file, can be shown before it is done, and is put in
// place by a rename.
package fix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Decision says what becomes of a step.
type Decision string

// The decisions. Only Run and Edit do anything.
const (
	Run         Decision = "run"         // by a shell
	Edit        Decision = "edit"        // of a known file, without a shell
	Verify      Decision = "verify"      // the check runs again at the end, in its place
	Manual      Decision = "manual"      // for a person
	Destructive Decision = "destructive" // never run
	Open        Decision = "open"        // a placeholder has no value
	Waits       Decision = "waits"       // a change before it is not made
)

// Filled is a value that stands in place of a placeholder, or might.
type Filled struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Evidence is the fact that it was taken from; empty for the operator's word.
	Evidence string `json:"evidence"`
}

// Step is a step of a plan. Its command is filled in.
type Step struct {
	wire.Step
	Decision Decision `json:"decision"`
	// Why explains a decision that leaves the step out; a lower-case clause.
	Why    string   `json:"why"`
	Filled []Filled `json:"filled"`
	// Open are the placeholders without a value, sorted. Offers are values for
	// them that nobody agreed to.
	Open   []string    `json:"open"`
	Offers []Filled    `json:"offers"`
	Change *FileChange `json:"-"` // of Edit
}

// Plan is what a fix would do about one problem on one runtime.
type Plan struct {
	Runtime string
	Steps   []Step
}

// Request is what a plan is made from.
type Request struct {
	Check    string
	Runtime  string // one of the runtimes of a step
	Steps    []wire.Step
	Evidence wire.Evidence
	// Values are the operator's, by the name of the placeholder.
	Values map[string]string
	// Evident fills in what the evidence has as well. It may come from a server:
	// only a person who sees it can agree to it.
	Evident bool
}

// MaxSteps is how many steps a remedy may have; a guest cannot send more.
const MaxSteps = 100

// New makes the plan for one runtime, of its steps and of those for any. The
// error is a *FillError when a value cannot be put where a step wants it.
func New(r Request) (*Plan, error) {
	p := &Plan{Runtime: r.Runtime, Steps: []Step{}}
	if len(r.Steps) > MaxSteps {
		return p, fmt.Errorf("check %s: %d steps are more than a check can give", r.Check, len(r.Steps))
	}
	evident := evidentValues(r.Evidence)
	held := 0 // the first change that is not made
	for _, runtime := range slices.Compact([]string{wire.RuntimeAny, r.Runtime}) {
		for _, w := range r.Steps {
			if w.Runtime != runtime {
				continue
			}
			s, err := r.step(w, evident)
			if err != nil {
				return p, err
			}
			s.decide(r.Check, held)
			if held == 0 && w.Effect != wire.EffectRead && !s.Does() {
				held = w.Order
			}
			p.Steps = append(p.Steps, s)
		}
	}
	return p, nil
}

// step fills a step in.
func (r *Request) step(w wire.Step, evident map[string]Filled) (Step, error) {
	s := Step{Step: w, Filled: []Filled{}, Open: []string{}, Offers: []Filled{}}
	for _, name := range Placeholders(&w) {
		value, given := r.Values[name]
		found, known := evident[name]
		switch {
		case given:
			found = Filled{Name: name, Value: value}
		case known && r.Evident:
		default:
			s.Open = append(s.Open, name)
			if known {
				s.Offers = append(s.Offers, found)
			}
			continue
		}
		command, problem := fill(s.Command, name, found.Value)
		if problem != "" {
			return s, &FillError{Check: r.Check, Step: w.Order, Name: name, Problem: problem}
		}
		s.Command = command
		s.Filled = append(s.Filled, found)
	}
	return s, nil
}

// decide says what becomes of the step; held is the number of a change before it
// that is not made, 0 for none.
func (s *Step) decide(check string, held int) {
	doctor := strings.HasPrefix(s.Command, "stella ")
	switch {
	case s.Effect != wire.EffectRead && s.Effect != wire.EffectWrite:
		s.Decision, s.Why = Destructive, "Doctor never runs a destructive step"
	case s.Manual:
		s.Decision, s.Why = Manual, "it needs a person"
	case s.Command == "":
		s.Decision, s.Why = Manual, "it has no command"
	case doctor && isVerification(s.Command, check):
		s.Decision, s.Why = Verify, "the check runs again at the end"
	case len(s.Open) > 0:
		s.Decision, s.Why = Open, "it needs a value for "+bracketed(s.Open)
	case doctor:
		s.Decision, s.Why = Manual, "it runs Doctor with other settings"
	case held > 0: // a reading too: it would show what comes of a change that was not made
		s.Decision, s.Why = Waits, "it waits for step "+strconv.Itoa(held)+", which is not run"
	default:
		s.Decision = Run
		if s.Effect == wire.EffectWrite {
			if s.Change = ReadEdit(s.Command); s.Change != nil {
				s.Decision = Edit
			}
		}
	}
}

// isVerification tells the command that only runs the check again from one that
// tries other settings.
func isVerification(command, check string) bool {
	rest, found := strings.CutPrefix(command, "stella doctor run --check "+check)
	return found && (rest == "" || rest[0] == ' ') && !strings.Contains(rest, " --set")
}

// Does reports whether the step is done by a fix.
func (s *Step) Does() bool { return s.Decision == Run || s.Decision == Edit || s.Decision == Verify }

// Previews reports whether the step is a dry run of the change next, the step
// after it. An edit needs none: it is computed before it is made, and a look at
// what is broken may well fail before it.
func (s *Step) Previews(next *Step) bool {
	return s.Effect == wire.EffectRead && next.Effect == wire.EffectWrite && next.Decision == Run &&
		slices.ContainsFunc(strings.Fields(s.Command), func(word string) bool {
			name, _, _ := strings.Cut(word, "=")
			return name == "--dry-run"
		})
}

// Acts reports whether a plan has anything to do.
func (p *Plan) Acts() bool { return p.Actions() > 0 }

// Actions is the number of steps that do something.
func (p *Plan) Actions() int { return p.Count(Run) + p.Count(Edit) }

// Count is the number of steps with a decision.
func (p *Plan) Count(d Decision) int {
	n := 0
	for i := range p.Steps {
		if p.Steps[i].Decision == d {
			n++
		}
	}
	return n
}

// Same reports whether two plans do the same: who agreed to the one has agreed
// to the other.
func (p *Plan) Same(q *Plan) bool {
	return slices.EqualFunc(p.Steps, q.Steps, func(a, b Step) bool {
		return a.Order == b.Order && a.Runtime == b.Runtime && a.Command == b.Command &&
			a.Effect == b.Effect && a.Decision == b.Decision
	})
}

func bracketed(names []string) string { return "<" + strings.Join(names, ">, <") + ">" }
