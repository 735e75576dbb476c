package doctor

import "fmt"

// Severity is how much a finding matters.
type Severity string

// The severities, the worst last.
const (
	Fine    Severity = "fine"
	ByHand  Severity = "by hand" // no API tells it: somebody has to look
	Unwise  Severity = "unwise"  // works, and will surprise somebody
	Unknown Severity = "unknown" // could not be looked at
	Wrong   Severity = "wrong"   // something does not work, or is not safe
)

// rank orders severities.
func (s Severity) rank() int {
	for i, of := range []Severity{Fine, ByHand, Unwise, Unknown, Wrong} {
		if s == of {
			return i
		}
	}
	return -1
}

// Finding is what a check has to say of one thing.
type Finding struct {
	Check    string   `json:"check"`           // the check's name
	About    string   `json:"about,omitempty"` // the thing: a target, a group, a person
	Severity Severity `json:"severity"`        // fine if there is nothing to mend
	Result   string   `json:"result"`          // what was seen
	Means    string   `json:"means,omitempty"` // what comes of it
	Mend     string   `json:"mend,omitempty"`  // how to mend it
	order    int      // of the check
}

// fine says that something is as it has to be.
func fine(about, format string, args ...any) Finding {
	return Finding{About: about, Severity: Fine, Result: fmt.Sprintf(format, args...)}
}

// wrong, unwise and unknown say what is not.
func wrong(about, result, means, mend string) Finding {
	return Finding{About: about, Severity: Wrong, Result: result, Means: means, Mend: mend}
}

func byHand(about, result, means, look string) Finding {
	return Finding{About: about, Severity: ByHand, Result: result, Means: means, Mend: look}
}

func unwise(about, result, means, mend string) Finding {
	return Finding{About: about, Severity: Unwise, Result: result, Means: means, Mend: mend}
}

// unanswered is a finding about an outside system that did not answer or refused.
func unanswered(about string, err error, mend string) Finding {
	return Finding{About: about, Severity: Unknown, Result: err.Error(), Means: "nothing is known about it", Mend: mend}
}

// Worst is the severity of the worst finding; fine if there is none.
func Worst(all []Finding) Severity {
	worst := Fine
	for _, f := range all {
		if f.Severity.rank() > worst.rank() {
			worst = f.Severity
		}
	}
	return worst
}
