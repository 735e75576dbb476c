package cuts

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/outbound"
	"airpass/store"
)

// How long a step may take, wall time; see package grants.
const (
	workFor   = 22 * time.Second
	recordFor = 5 * time.Second
	claimFor  = 45 * time.Second
)

// When it is looked again, domain time.
const (
	pollWait   = 2 * time.Second  // for AWS to bring a policy to the accounts
	endWait    = 5 * time.Second  // for grants to be gone
	checkEvery = 10 * time.Minute // that nobody else has written the policy
	backoff    = 2 * time.Minute  // the longest wait after a failure
	leisurely  = time.Hour        // the same, where nobody is cut
)

// atOnce is how many permission sets AWS brings to their accounts at the same time.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html.
const atOnce = 3

var cutter = access.System("cuts")

// Step does the next thing that brings the inline policy of a permission set to what it is
// to be, and moves the cuts that waited for it. A version that is not the current one, or a
// claim held by somebody else, is no error: whoever has it goes on.
func (s *Service) Step(ctx context.Context, set string, version int64) error {
	token, wall := rand.Text(), time.Now()
	var p access.SetPolicy
	var mine bool
	err := s.Store.Update(ctx, cutter, func(tx *store.Tx) (err error) {
		p, mine, err = tx.ClaimSetPolicy(set, version, token, wall, wall.Add(claimFor))
		return err
	})
	if err != nil || !mine {
		return err
	}
	work, stop := context.WithDeadline(outbound.WithPriority(ctx, outbound.Revoke), wall.Add(workFor))
	defer stop()
	cuts, err := s.Store.CutsOfSet(work, set)
	if err != nil {
		return err
	}
	work = outbound.For(work, outbound.Cause{Actor: cutter, Facts: map[string]string{"permission_set": set}})
	done, failure := s.bring(work, attempt{SetPolicy: p}, cuts)
	// What was done outside is written down even if the step's time is over.
	record, stop := context.WithTimeout(context.WithoutCancel(ctx), recordFor)
	defer stop()
	return s.conclude(record, done, failure)
}

// attempt is what a step did.
type attempt struct {
	access.SetPolicy
	session time.Duration // how long sessions last, if it was read
}

// bring brings a policy closer to what it is to be: asks what became of the provisioning
// under way, or puts the policy and has it provisioned, or sees whether it is still there.
func (s *Service) bring(ctx context.Context, p attempt, cuts []access.Cut) (attempt, error) {
	if s.Sets == nil {
		return p, fmt.Errorf("%w: cutting sessions is no longer set up; write aws.cuts", access.ErrInvalid)
	}
	if p.RequestID != "" {
		return s.poll(ctx, p)
	}
	target := access.Target{Instance: p.Instance, PermissionSet: p.PermissionSet}
	switch {
	case len(cuts) > 0:
		target = cuts[0].Target
	case p.Restore == "":
		return p, nil
	}
	is, err := s.render(target, denied(cuts))
	if err != nil {
		return p, err
	}
	digest := digestOf(is.Text)
	if p.Provisioned && p.Digest == digest && p.Restore == "" && !s.Now().Before(p.CheckedAt.Add(checkEvery)) {
		there, _, err := s.Sets.Policy(ctx, p.Instance, p.PermissionSet)
		if err != nil {
			return p, err
		}
		if p.CheckedAt = s.Now(); !s.Same(there, is.Text) {
			s.Log.WarnContext(ctx, "somebody else has written the policy of a permission set in which people are cut; it is written anew", "permission_set", p.PermissionSet)
			p.Digest = ""
		}
	}
	if p.Provisioned && p.Digest == digest && p.Restore == "" {
		return p, nil
	}
	return s.put(ctx, p, is, cuts)
}

// poll asks what became of a provisioning. What AWS does not know any more, or has failed at,
// is begun anew, also where nobody is cut.
func (s *Service) poll(ctx context.Context, p attempt) (attempt, error) {
	done, failed, err := s.Sets.Provisioned(ctx, p.Instance, p.RequestID)
	switch {
	case access.ClassOf(err) == access.Missing:
		return again(p), nil
	case err != nil:
		return p, err
	case failed != "":
		return again(p), fmt.Errorf("AWS could not bring the policy to the accounts: %s", failed)
	case done:
		p.RequestID, p.Provisioned, p.CheckedAt = "", true, s.Now()
	}
	return p, nil
}

// again has a policy written and brought to the accounts once more.
func again(p attempt) attempt {
	p.RequestID, p.Digest, p.Provisioned = "", "", false
	p.Restore = cmp.Or(p.Restore, access.RestorePolicy)
	return p
}

// put writes the policy, whole, and has it brought to the accounts. Each call may be
// repeated; what is right already, and nobody waits for, is not written again.
func (s *Service) put(ctx context.Context, p attempt, is Rendered, cuts []access.Cut) (attempt, error) {
	busy, err := s.Store.CountProvisioning(ctx)
	if err != nil || busy >= atOnce {
		return p, err
	}
	tags, err := s.Sets.Tags(ctx, p.Instance, p.PermissionSet)
	if err != nil {
		return p, err
	}
	if tags[s.Tag] == "" {
		return p, fmt.Errorf("%w: the permission set does not carry the tag %s: it is not airpass's, and never changed. Deny the person by hand; see docs/operations.md", access.ErrInvalid, s.Tag)
	}
	there, session, err := s.Sets.Policy(ctx, p.Instance, p.PermissionSet)
	if err != nil {
		return p, err
	}
	p.session = session
	wanted, right := p.Restore, len(cuts) == 0 && s.Same(there, is.Text)
	if !right {
		if err := s.Sets.PutInlinePolicy(ctx, p.Instance, p.PermissionSet, is.Text); err != nil {
			return p, err
		}
	}
	unset := s.setSession(ctx, p, is, cuts)
	p.Digest, p.Users, p.Restore = digestOf(is.Text), denied(cuts), ""
	if unset != nil {
		p.Restore = wanted
		if right && p.Provisioned { // only the length of sessions is left
			return p, unset
		}
	}
	p, err = s.provision(ctx, p)
	if err != nil && len(cuts) == 0 {
		p.Restore = wanted // until the accounts have it: what is read of it is right from now on
	}
	return p, errors.Join(err, unset)
}

// setSession says how long sessions last, where that is to be restored. Nobody who is to be
// cut or let in waits for it, and that it fails is an error only where nobody is cut: drift
// finds it again.
func (s *Service) setSession(ctx context.Context, p attempt, is Rendered, cuts []access.Cut) error {
	waits := slices.ContainsFunc(cuts, func(c access.Cut) bool { return c.State == access.CutAsked || c.State == access.CutLifting })
	if p.Restore != access.RestoreSession || is.Session == 0 || p.session == is.Session || waits {
		return nil
	}
	err := s.Sets.SetSession(ctx, p.Instance, p.PermissionSet, is.Session)
	if err != nil && len(cuts) > 0 {
		s.Log.WarnContext(ctx, "sessions of a permission set in which people are cut could not be given the length that the configuration says", "permission_set", p.PermissionSet, "err", err)
		return nil
	}
	return err
}

// provision has a permission set brought to the accounts that have it. Where none has it
// there is nothing to bring it to: whoever gets it gets the policy with it.
func (s *Service) provision(ctx context.Context, p attempt) (attempt, error) {
	p.Provisioned, p.RequestID = false, ""
	accounts, err := s.Sets.ProvisionedIn(ctx, p.Instance, p.PermissionSet, false)
	if err != nil {
		return p, err
	}
	if len(accounts) == 0 {
		p.Provisioned, p.CheckedAt = true, s.Now()
		return p, nil
	}
	p.RequestID, err = s.Sets.Provision(ctx, p.Instance, p.PermissionSet)
	return p, err
}

func digestOf(policy string) string {
	sum := sha256.Sum256([]byte(policy))
	return hex.EncodeToString(sum[:])
}

// concludeTries is how often it is begun anew when a grant moves on at the same time.
const concludeTries = 5

// conclude writes down what became of a policy, moves the cuts that waited for it, and says
// when to look again.
func (s *Service) conclude(ctx context.Context, p attempt, failure error) error {
	var err error
	for try := 0; try == 0 || try < concludeTries && errors.Is(err, access.ErrStale); try++ {
		err = s.Store.Update(ctx, cutter, func(tx *store.Tx) error { return s.concludeIn(tx, p, failure) })
	}
	return err
}

func (s *Service) concludeIn(tx *store.Tx, p attempt, failure error) error {
	locked, err := tx.LockSetPolicy(p.PermissionSet, p.Claim)
	if errors.Is(err, access.ErrStale) {
		return nil // the claim was lost: whoever has it goes on
	}
	if err != nil {
		return err
	}
	if locked.Restore != "" && locked.Version != p.Version+1 {
		p.Restore, p.Digest, p.Provisioned = locked.Restore, "", false // asked for while the step ran, which may have read what was before
	}
	p.Version = locked.Version
	cuts, err := tx.CutsOfSet(p.PermissionSet)
	if err != nil {
		return err
	}
	p.NextAt = time.Time{}
	for _, c := range cuts {
		at, err := s.move(tx, p, c)
		if err != nil {
			return err
		}
		p.NextAt = access.Sooner(p.NextAt, at)
	}
	if p.RequestID != "" || failure == nil && p.Restore != "" {
		p.NextAt = tx.Now().Add(pollWait)
	}
	if err := s.tell(tx, &p.SetPolicy, failure, len(cuts) > 0); err != nil {
		return err
	}
	return tx.SaveSetPolicy(p.SetPolicy)
}

// tell counts a failure, and tells the first of a row of them to those who run airpass; cut
// says whether somebody waits for it.
func (s *Service) tell(tx *store.Tx, p *access.SetPolicy, failure error, cut bool) error {
	if failure == nil {
		if p.Provisioned && p.Restore == "" { // until then it may fail again, for the same reason
			p.Attempts, p.LastError = 0, ""
		}
		return nil
	}
	first := p.LastError == ""
	p.Attempts++
	longest := backoff
	if !cut {
		longest = leisurely
	}
	p.LastError, p.NextAt = failure.Error(), tx.Now().Add(access.Backoff(p.Attempts, longest))
	s.Log.Error("the policy of a permission set could not be written", "permission_set", p.PermissionSet, "err", failure)
	if !first || s.AdminChannel == "" || passing(failure) {
		return nil
	}
	text := "The permission set %s cannot be written as the configuration says: %s. airpass keeps trying; airpass drift says what differs."
	if cut {
		text = "Sessions of the permission set %s cannot be cut or lifted as was asked: %s. airpass keeps trying, and takes no access away meanwhile; airpass sessions list says whom it is about."
	}
	_, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: s.AdminChannel, State: access.MessageNew, NextAt: tx.Now(),
		Text: fmt.Sprintf(text, p.PermissionSet, p.LastError)})
	return err
}

// passing is a failure that the next try is likely to mend.
func passing(err error) bool {
	var v *access.VendorError
	return errors.As(err, &v) && (v.Class == access.Throttled || v.Class == access.Conflict || v.Class == access.Unavailable)
}

// move moves a cut on if what it waits for has come, and says when to look at it again.
func (s *Service) move(tx *store.Tx, p attempt, c access.Cut) (next time.Time, err error) {
	arrived := p.Provisioned && p.RequestID == ""
	in := slices.Contains(p.Users, c.Person)
	switch {
	case c.State == access.CutAsked && arrived && in:
		c.State, c.DeniedAt = access.CutDenied, tx.Now()
		if c, err = tx.SaveCut(c); err != nil {
			return next, err
		}
		return tx.Now().Add(endWait), takeAway(tx, c)
	case c.State == access.CutLifting && arrived && !in:
		c.State, c.LiftedAt = access.CutLifted, tx.Now()
		_, err = tx.SaveCut(c)
		return next, err
	case c.State == access.CutAsked && p.session > c.Longest:
		c.Longest, c.LiftAt = p.session, tx.Now().Add(p.session+s.Margin)
		_, err = tx.SaveCut(c)
		return tx.Now().Add(pollWait), err
	case c.State == access.CutDenied:
		return s.finish(tx, c)
	case c.State == access.CutDone && !tx.Now().Before(c.LiftAt):
		c.State = access.CutLifting
		_, err = tx.SaveCut(c)
		return tx.Now(), err
	case c.State == access.CutDone:
		return access.Sooner(tx.Now().Add(checkEvery), c.LiftAt), nil
	}
	return tx.Now().Add(pollWait), nil
}

// takeAway takes away what grants give the person of the permission set: it was held back
// until every account has the deny.
func takeAway(tx *store.Tx, c access.Cut) error {
	live, err := tx.GrantsOf(c.Subject.OktaID, true)
	if err != nil {
		return err
	}
	for _, g := range live {
		if g.Target.PermissionSet != c.Target.PermissionSet {
			continue
		}
		now, err := tx.Grant(g.ID) // what extends another may have gone with it
		if err != nil {
			return err
		}
		if access.CheckGrantMove(now.State, access.GrantRevoking) != nil {
			continue
		}
		if _, err := grants.Release(tx, now, access.EndRevoked, "sessions cut: "+c.Reason); err != nil {
			return err
		}
	}
	return nil
}

// finish moves a cut on once all grants of the person and the permission set have ended:
// from then on no new session can begin, and it is counted how long the last may live.
func (s *Service) finish(tx *store.Tx, c access.Cut) (next time.Time, err error) {
	all, err := tx.GrantsOf(c.Subject.OktaID, false)
	if err != nil {
		return next, err
	}
	for _, g := range all {
		if g.Target.PermissionSet == c.Target.PermissionSet && g.State != access.GrantEnded {
			return tx.Now().Add(endWait), nil
		}
	}
	c.State, c.CutAt, c.LiftAt = access.CutDone, tx.Now(), tx.Now().Add(c.Longest+s.Margin)
	_, err = tx.SaveCut(c)
	return access.Sooner(tx.Now().Add(checkEvery), c.LiftAt), err
}
