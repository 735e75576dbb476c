package cloudtrail

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"
)

// Where is an environment, as records name it.
type Where struct{ Account, Region, Environment string }

// Who is a role session: the role's name, and what the session is called. Names of
// sessions are compared in lower case: those of Identity Center are the users' names there.
type Who struct {
	Role, Session string
	// Identity is the source identity with which the role was assumed; usually empty.
	Identity string
}

// Use is who was where, and when last.
type Use struct {
	Where
	Who
	At time.Time
}

// Span is what is recorded of an account and region: the oldest and the newest call that
// anybody has made.
type Span struct{ Oldest, Newest time.Time }

// Reading is what a source says.
type Reading struct {
	From, Until time.Time
	// Uses is when each was where last.
	Uses map[Where]map[Who]time.Time
	// Spans are by account and region, with an empty Environment. Between its ends calls
	// are known to be recorded; about what is before and after it nothing is known.
	Spans map[Where]Span
	Seen  int // calls that AWS has carried out
	// Foreign are calls of nobody's role session: of users of IAM, or not understood.
	Foreign  int
	Refused  int // calls that AWS has refused: nobody came in by them
	Complete bool
	Calls    int // of ours
}

func newReading(from, until time.Time) *Reading {
	return &Reading{From: from, Until: until, Uses: map[Where]map[Who]time.Time{}, Spans: map[Where]Span{}, Complete: true}
}

// record is the part of a record that is read here.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html.
type record struct {
	EventSource  string    `json:"eventSource"`
	EventTime    time.Time `json:"eventTime"`
	Region       string    `json:"awsRegion"`
	Account      string    `json:"recipientAccountId"`
	ErrorCode    string    `json:"errorCode"`
	UserIdentity struct {
		Type      string `json:"type"`
		ARN       string `json:"arn"`
		AccountID string `json:"accountId"`
		Context   struct {
			SourceIdentity string `json:"sourceIdentity"`
			Attributes     struct {
				SourceIdentity string `json:"sourceIdentity"`
			} `json:"attributes"`
		} `json:"sessionContext"`
	} `json:"userIdentity"`
	// The API's own spelling is Name, which encoding/json takes in any case.
	Parameters struct {
		Name string `json:"name"`
	} `json:"requestParameters"`
}

// add notes what a record says.
func (r *Reading) add(text string) {
	var e record
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		r.Foreign++
		return
	}
	if e.EventSource != "airflow.amazonaws.com" || e.EventTime.Before(r.From) || e.EventTime.After(r.Until) {
		return
	}
	if e.ErrorCode != "" {
		r.Refused++
		return
	}
	r.Seen++
	at := Where{Account: e.Account, Region: e.Region}
	if at.Account == "" {
		at.Account = e.UserIdentity.AccountID
	}
	r.span(at, e.EventTime)
	who, is := session(e)
	if at.Environment = e.Parameters.Name; !is || at.Environment == "" {
		r.Foreign++
		return
	}
	if r.Uses[at] == nil {
		r.Uses[at] = map[Who]time.Time{}
	}
	if e.EventTime.After(r.Uses[at][who]) {
		r.Uses[at][who] = e.EventTime
	}
}

func (r *Reading) span(at Where, t time.Time) {
	s, is := r.Spans[at]
	if !is || t.Before(s.Oldest) {
		s.Oldest = t
	}
	if t.After(s.Newest) {
		s.Newest = t
	}
	r.Spans[at] = s
}

// session is who has made a call: arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION, of the
// same account as the environment.
func session(e record) (Who, bool) {
	parts := strings.SplitN(e.UserIdentity.ARN, ":", 6)
	if e.UserIdentity.Type != "AssumedRole" || len(parts) != 6 {
		return Who{}, false
	}
	names := strings.Split(parts[5], "/")
	if len(names) != 3 || names[0] != "assumed-role" || e.Account != "" && parts[4] != e.Account {
		return Who{}, false
	}
	w := Who{Role: names[1], Session: strings.ToLower(names[2]), Identity: e.UserIdentity.Context.SourceIdentity}
	if w.Identity == "" {
		w.Identity = e.UserIdentity.Context.Attributes.SourceIdentity
	}
	return w, true
}

// ssoRole begins the names of the roles that Identity Center makes, which end in an
// underscore and 16 hexadecimal digits.
const ssoRole = "AWSReservedSSO_"

// PermissionSet is the permission set whose role Identity Center has called that; empty if
// it is none of its roles.
func PermissionSet(role string) string {
	name, is := strings.CutPrefix(role, ssoRole)
	i := strings.LastIndexByte(name, '_')
	if !is || i < 0 || len(name)-i-1 != 16 || strings.Trim(name[i+1:], "0123456789abcdef") != "" {
		return ""
	}
	return name[:i]
}

// SessionOf is what the sessions of a user of Identity Center are called. Of a name that
// cannot be that of a session as it is, nobody says what becomes of it.
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
func SessionOf(userName string) (session string, ok bool) {
	return strings.ToLower(userName), sessionForm.MatchString(userName)
}

var sessionForm = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
