package access

import "time"

// GrantState is where a grant stands.
type GrantState string

// The states of a grant; see grantMoves.
const (
	GrantScheduled    GrantState = "scheduled"    // approved, starts later
	GrantProvisioning GrantState = "provisioning" // entitlements are being added and verified
	GrantActive       GrantState = "active"       // everything it holds was verified present
	GrantRevoking     GrantState = "revoking"     // holds released; what nobody else holds is being removed
	GrantEnded        GrantState = "ended"        // what nobody else holds was verified absent
)

// Live says that the grant's holds count.
func (s GrantState) Live() bool {
	return s == GrantProvisioning || s == GrantActive
}

// EndReason says why a grant ended.
type EndReason string

// Why grants end.
const (
	EndExpired     EndReason = "expired"     // its time was over
	EndReturned    EndReason = "returned"    // given back by its holder
	EndRevoked     EndReason = "revoked"     // taken away by somebody named in the audit
	EndFailed      EndReason = "failed"      // could not be provisioned; rolled back
	EndDeactivated EndReason = "deactivated" // the person is no longer ACTIVE in Okta
	EndRefused     EndReason = "refused"     // was to start later, and by then was not allowed any more
)

// Grant is what an approved request became.
type Grant struct {
	ID        string
	RequestID string
	Subject   Person
	Slack     SlackUser
	Target    Target // as it was when approved: its ids are what is revoked
	// Person is the Identity Center user id under which it was granted; empty until the
	// person has an account there. The entitlements of the target are held from then on.
	Person   string
	State    GrantState
	Version  int64
	StartAt  time.Time
	EndAt    time.Time
	Duration time.Duration
	// ActiveAt and EndedAt are zero until verified.
	ActiveAt  time.Time
	EndedAt   time.Time
	EndReason EndReason
	EndNote   string // in words: the vendor's failure, the revoker's reason, what was not allowed
	LastError string
	Attempts  int
	// LinkState says what the environment's status means for the login link.
	LinkState LinkState
	LinkNote  string
	// LinkPrivate: the web server is reachable only from inside its network.
	LinkPrivate bool
	// RevokingSince is when the grant's holds were released; zero before.
	RevokingSince time.Time
	NextAt        time.Time
}

// Activate returns the end of a grant that is verified active at now: now +
// duration, moved once, and never past start + duration + provisioningTimeout.
func (g Grant) Activate(now time.Time, provisioningTimeout time.Duration) time.Time {
	end := now.Add(g.Duration)
	if latest := g.StartAt.Add(g.Duration + provisioningTimeout); end.After(latest) {
		return latest
	}
	if end.Before(g.EndAt) {
		return g.EndAt
	}
	return end
}

// RemindAt is when the holder of an active grant is reminded of its end, before it by the
// given time; zero is never: not if the access is there for less than twice that time.
func (g Grant) RemindAt(before time.Duration) time.Time {
	if before <= 0 || g.ActiveAt.IsZero() || g.EndAt.Sub(g.ActiveAt) < 2*before {
		return time.Time{}
	}
	return g.EndAt.Add(-before)
}

// NextOverdue is when to look at a grant that is being taken away although nothing
// has changed: when it becomes overdue, and every while after that.
func (g Grant) NextOverdue(after time.Duration, now time.Time) time.Time {
	if first := g.RevokingSince.Add(after); now.Before(first) {
		return first
	}
	return now.Add(after)
}

// LastPossible is the last moment at which a session opened under the grant may
// still work: deleting an assignment ends neither a console session (up to the
// permission set's session duration) nor an Airflow session opened from it (12 h).
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html.
func (g Grant) LastPossible(gone time.Time) time.Time {
	session := g.Target.SessionDuration
	if session <= 0 {
		session = LongestSession
	}
	return gone.Add(session + AirflowSession)
}

// LongestSession is the longest that AWS lets sessions of a permission set last.
const LongestSession = 12 * time.Hour

// Session is how long sessions of the permission set are to last; zero where nobody has said
// so. What is left out is taken to be the longest, and nothing can be held to that.
func (t Target) Session() time.Duration {
	if t.SessionDuration >= LongestSession {
		return 0
	}
	return t.SessionDuration
}

// AirflowSession is how long an Airflow web session lives after sign-in.
// See https://docs.aws.amazon.com/mwaa/latest/userguide/access-mwaa-apache-airflow-rest-api.html.
const AirflowSession = 12 * time.Hour

// LinkState is what an environment's status means for the login link.
type LinkState string

// What becomes of the link.
const (
	LinkUnknown LinkState = ""        // not looked at yet
	LinkReady   LinkState = "ready"   // post it
	LinkBusy    LinkState = "busy"    // post it with a warning after a while
	LinkWarned  LinkState = "warned"  // busy for a while: posted with a warning
	LinkHeld    LinkState = "held"    // do not post it; say why
	LinkRefused LinkState = "refused" // refuse the request when asked
)

// Restoring is said of a link that is held while part of what the grant holds has to be added again.
const Restoring = "part of the access is gone and is being added again"

// LinkFor maps the status of an MWAA environment to what becomes of the link.
// See https://docs.aws.amazon.com/mwaa/latest/API/API_Environment.html; an
// unheard-of status is held.
func LinkFor(status string) LinkState {
	switch status {
	case "AVAILABLE", "UPDATE_FAILED":
		return LinkReady
	case "UPDATING", "MAINTENANCE", "PENDING", "CREATING_SNAPSHOT", "ROLLING_BACK", "CREATING":
		return LinkBusy
	case "CREATE_FAILED", "DELETING", "DELETED":
		return LinkRefused
	}
	return LinkHeld
}
