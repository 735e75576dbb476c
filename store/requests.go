package store

import (
	"fmt"
	"strings"
	"time"

	"airpass/access"
	"airpass/store/db"
)

func requestOf(row db.Request) (access.Request, error) {
	r := access.Request{ID: row.ID, Duration: time.Duration(row.Duration), Reason: row.Reason, NewAccount: row.NewAccount, Extends: row.Extends, State: access.RequestState(row.State),
		Version: row.Version, CreatedAt: row.CreatedAt.UTC(), LapseAt: timeOf(row.LapseAt), DecidedAt: timeOf(row.DecidedAt), DeciderNote: row.DeciderNote}
	var d decoder
	d.decode("requests.subject", row.Subject, &r.Subject)
	d.decode("requests.slack", row.Slack, &r.Slack)
	d.decode("requests.target", row.Target, &r.Target)
	d.decode("requests.decider", row.Decider, &r.Decider)
	if row.Course != "" {
		d.decode("requests.course", row.Course, &r.Course)
	}
	d.decode("requests.seen", row.Seen, &r.Seen)
	r.NextAt, r.StartAt = timeOf(row.NextAt), timeOf(row.StartAt)
	return r, d.err
}

// CreateRequest stores a new request, wakes it for when it lapses, and appends
// request.created.
func (tx *Tx) CreateRequest(r access.Request) (access.Request, error) {
	if r.ID == "" {
		r.ID = tx.NewID()
	}
	if r.CreatedAt.IsZero() {
		r.CreatedAt = tx.now
	}
	err := tx.q.InsertRequest(tx.ctx, db.InsertRequestParams{
		ID: r.ID, SubjectID: r.Subject.OktaID, Subject: encode(r.Subject), Slack: encode(r.Slack), TargetID: r.Target.ID, Target: encode(r.Target),
		Duration: int64(r.Duration), Reason: words(r.Reason), NewAccount: r.NewAccount, State: string(r.State), CreatedAt: moment(r.CreatedAt), LapseAt: maybe(r.LapseAt),
		DecidedAt: maybe(r.DecidedAt), Decider: encode(r.Decider), DeciderNote: words(r.DeciderNote),
		Course: encode(r.Course), NextAt: maybe(r.NextAt), Extends: r.Extends, StartAt: maybe(r.StartAt), Seen: encode(r.Seen), Version: 1,
	})
	if err != nil {
		return r, saved(err, "request", r.ID)
	}
	if r, err = tx.Request(r.ID); err != nil {
		return r, err
	}
	tx.wakeRequest(r)
	if err := tx.meet(r.Subject); err != nil {
		return r, err
	}
	facts := map[string]string{"subject": r.Subject.OktaID, "target": r.Target.ID, "duration": r.Duration.String(), "state": string(r.State)}
	if r.NewAccount {
		facts["new_account"] = "yes"
	}
	if r.Extends != "" {
		facts["extends"] = r.Extends
	}
	if !r.StartAt.IsZero() {
		facts["start"] = r.StartAt.Format(timeLayout)
	}
	if by := r.Course.Reduced; by != nil {
		facts["campaign"], facts["item"], facts["instead_of"] = by.Campaign, by.Item, by.From
	}
	tx.log(r.Subject.OktaID, access.Event{Kind: "request.created", Request: r.ID, Facts: facts,
		Personal: map[string]string{"subject.name": r.Subject.Name, "subject.email": r.Subject.Email, "subject.login": r.Subject.Login,
			"reason": r.Reason}})
	return r, nil
}

func (tx *Tx) wakeRequest(r access.Request) {
	if r.State == access.RequestPending {
		at := r.LapseAt
		if !r.NextAt.IsZero() && r.NextAt.Before(at) {
			at = r.NextAt
		}
		tx.wakeAt(WakeRequest, r.ID, r.Version, at)
	}
}

// SaveRequest stores state, course, duration, times and decider, if the version is still the stored
// one; else the error wraps access.ErrStale. A request never becomes longer. Another state
// than the stored one has to be a move that access allows, and appends request.<state>.
func (tx *Tx) SaveRequest(r access.Request) (access.Request, error) {
	old, err := tx.Request(r.ID)
	if err != nil {
		return r, err
	}
	if old.Version != r.Version {
		return r, fmt.Errorf("%w: request %s", access.ErrStale, r.ID)
	}
	if r.Duration > old.Duration {
		return r, fmt.Errorf("%w: request %s is for %s, not for %s", access.ErrBadMove, r.ID, old.Duration, r.Duration)
	}
	if r.State != old.State {
		if err := access.CheckRequestMove(old.State, r.State); err != nil {
			return r, err
		}
	}
	row, err := tx.q.UpdateRequest(tx.ctx, db.UpdateRequestParams{ID: r.ID, Version: r.Version, State: string(r.State), LapseAt: maybe(r.LapseAt),
		DecidedAt: maybe(r.DecidedAt), Decider: encode(r.Decider), DeciderNote: words(r.DeciderNote), Course: encode(r.Course), NextAt: maybe(r.NextAt), Duration: int64(r.Duration)})
	if err != nil {
		return r, saved(err, "request", r.ID)
	}
	if r, err = requestOf(row); err != nil {
		return r, err
	}
	tx.wakeRequest(r)
	if err := tx.touchHomesAbout(r.ID); err != nil {
		return r, err
	}
	if r.State != old.State {
		e := access.Event{Kind: access.EventKind("request." + string(r.State)), Request: r.ID,
			Facts: map[string]string{"from": string(old.State), "subject": r.Subject.OktaID, "target": r.Target.ID, "decider": r.Decider.OktaID}}
		if r.Course.Auto != "" && r.State == access.RequestApproved {
			e.Facts["rule"] = r.Course.Auto
		}
		if r.State == access.RequestApproved {
			e.Facts["duration"] = r.Duration.String()
		}
		if r.DeciderNote != "" {
			e.Personal = map[string]string{"note": r.DeciderNote}
		}
		tx.log(r.Subject.OktaID, e)
	}
	return r, nil
}

// LockRequests are somebody's requests that wait for a decision, at most so many, oldest
// first; whoever else locks those of this person waits until this transaction ends. So what
// is asked for twice in the same moment is seen by the second.
func (tx *Tx) LockRequests(oktaID string, most int32) ([]access.Request, error) {
	if err := tx.lock("requests " + oktaID); err != nil {
		return nil, err
	}
	ids, err := tx.q.WaitingOf(tx.ctx, db.WaitingOfParams{SubjectID: oktaID, Most: most})
	if err != nil {
		return nil, fmt.Errorf("the requests of %s: %w", oktaID, err)
	}
	waiting := make([]access.Request, 0, len(ids))
	for _, id := range ids {
		r, err := tx.Request(id)
		if err != nil {
			return nil, err
		}
		waiting = append(waiting, r)
	}
	return waiting, nil
}

// Request reads a request.
func (tx *Tx) Request(id string) (access.Request, error) { return tx.r.Request(tx.ctx, id) }

func decisionOf(row db.Decision) (access.Decision, error) {
	d := access.Decision{ID: row.ID, RequestID: row.RequestID, Verdict: access.Verdict(row.Verdict), Reason: row.Reason, ReceivedAt: row.ReceivedAt.UTC(), Duration: time.Duration(row.Duration)}
	var dec decoder
	dec.decode("decisions.decider", row.Decider, &d.Decider)
	dec.decode("decisions.slack", row.Slack, &d.Slack)
	if row.Rules != "" {
		dec.decode("decisions.rules", row.Rules, &d.Rules)
	}
	return d, dec.err
}

// CreateDecision stores a yes or no and appends decision.recorded. A second one of
// the same person on the same request is an error that wraps access.ErrDecided.
func (tx *Tx) CreateDecision(d access.Decision) error {
	if d.ID == "" {
		d.ID = tx.NewID()
	}
	r, err := tx.Request(d.RequestID)
	if err != nil {
		return err
	}
	n, err := tx.q.InsertDecision(tx.ctx, db.InsertDecisionParams{ID: d.ID, RequestID: d.RequestID, DeciderID: d.Decider.OktaID, Decider: encode(d.Decider),
		Slack: encode(d.Slack), Verdict: string(d.Verdict), Reason: words(d.Reason), ReceivedAt: moment(d.ReceivedAt), Rules: encode(d.Rules), Duration: int64(d.Duration)})
	if err != nil {
		return saved(err, "decision", d.ID)
	}
	if n == 0 {
		return fmt.Errorf("%w: by %s on request %s", access.ErrDecided, d.Decider.OktaID, d.RequestID)
	}
	if err := tx.meet(d.Decider); err != nil {
		return err
	}
	e := access.Event{Kind: "decision.recorded", Request: d.RequestID, Facts: map[string]string{"decision": d.ID, "verdict": string(d.Verdict),
		"decider": d.Decider.OktaID, "slack": slackName(d.Slack.Team, d.Slack.ID), "subject": r.Subject.OktaID, "target": r.Target.ID,
		"received": moment(d.ReceivedAt).Format(timeLayout)}}
	shownOf(r, e.Facts)
	if err := tx.shownHeld(r, e.Facts); err != nil {
		return err
	}
	own, others, err := tx.shownPerson(r)
	if err != nil {
		return err
	}
	e.Personal = texts(map[string]string{"facts": own, "others": others, "reason": d.Reason})
	if len(d.Rules) > 0 {
		e.Facts["rules"] = ruleNames(d.Rules, d.Decider.OktaID)
	}
	if d.Duration > 0 {
		e.Facts["duration"] = d.Duration.String()
	}
	tx.log(r.Subject.OktaID, e)
	return nil
}

// ruleNames are rules as the facts of an event have them, which are never erased: a login that
// is in one is not, but the id of whom it names, if that is known.
func ruleNames(rules []access.Approver, whom string) string {
	names := make([]string, 0, len(rules))
	for _, r := range rules {
		if r.Kind == access.ApproverPerson || r.Kind == access.ApproverOwner {
			r.Value = whom
		}
		names = append(names, r.String())
	}
	return strings.Join(names, " ")
}

// DecisionsOf are the decisions on a request, oldest first.
func (tx *Tx) DecisionsOf(requestID string) ([]access.Decision, error) {
	return tx.r.DecisionsOf(tx.ctx, requestID)
}
