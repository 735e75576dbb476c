package access

import "time"

// Diagnosis is what was found when everything outside was looked at last, as far as there is
// something to mend.
type Diagnosis struct {
	At    time.Time `json:"at"`
	Found []Ailment `json:"found"`
	More  int       `json:"more,omitempty"` // that are not kept
}

// Ailment is one thing that is not as it has to be.
type Ailment struct {
	Check    string `json:"check"`
	About    string `json:"about,omitempty"`
	Severity string `json:"severity"`
	Result   string `json:"result"`
	Mend     string `json:"mend,omitempty"`
}

// Same says whether two are the same thing, however it is worded: numbers and messages of
// vendors differ from one look to the next.
func (a Ailment) Same(b Ailment) bool {
	return a.Check == b.Check && a.About == b.About && a.Severity == b.Severity
}

// Subject is the check, and the thing that it is about.
func (a Ailment) Subject() string {
	if a.About == "" {
		return a.Check
	}
	return a.Check + ", " + a.About
}

// DiagnosisSetting is the setting that keeps the last Diagnosis, as JSON.
const DiagnosisSetting = "doctor.found"
