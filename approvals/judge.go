package approvals

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"airpass/access"
	"airpass/outbound"
	"airpass/store"
)

// Judge applies one stored attempt, or refuses it with words, or leaves it open to
// be tried again while a directory does not answer. A version that is not the
// current one is no error.
func (s *Service) Judge(ctx context.Context, attemptID string, version int64) error {
	a, err := s.Store.Attempt(ctx, attemptID)
	if err != nil {
		return err
	}
	if a.Version != version || a.State != access.AttemptOpen {
		return nil
	}
	ctx, span := s.Trace.Judge(ctx, a)
	outcome, err := s.judge(ctx, a)
	span.Note(outcome.fact())
	span.End(err)
	if err == nil && outcome != "" {
		s.Judged(a.Kind, outcome)
	}
	return err
}

// judge is Judge of an attempt that is open; the outcome is empty if somebody else
// has judged it.
func (s *Service) judge(ctx context.Context, a access.Attempt) (Outcome, error) {
	// A row that somebody else changed between our reading and saving it says nothing
	// about a directory: what is so now is judged at once.
	var err error
	work, stop := context.WithTimeout(outbound.WithPriority(ctx, outbound.Judge), workFor)
	defer stop()
	for try := 0; try == 0 || try < judgeTries && errors.Is(err, access.ErrStale); try++ {
		err = s.apply(work, a)
	}
	// What came of it is written down even if the time for it is over.
	ctx, stop = context.WithTimeout(context.WithoutCancel(ctx), recordFor)
	defer stop()
	switch {
	case errors.Is(err, errSuperseded):
		return "", nil
	case err == nil:
		return Applied, nil
	case refusal(err):
		var is *instead
		if errors.As(err, &is) {
			return outcomeOf(err), s.refused(ctx, a, told(err), is.shows)
		}
		return outcomeOf(err), s.refused(ctx, a, told(err), access.Question{})
	case s.Now().Before(a.ReceivedAt.Add(s.patience(a))):
		return Waits, s.tryAgain(ctx, a, err)
	}
	s.Log.ErrorContext(ctx, "attempt given up", "attempt", a.ID, "kind", a.Kind, "err", err)
	return GivenUp, s.refused(ctx, a, says(wordsLate), access.Question{})
}

// patience is how long an attempt waits for directories that do not answer.
func (s *Service) patience(a access.Attempt) time.Duration {
	if a.Kind == access.AttemptLogin {
		return min(s.ClickDeadline, loginFor)
	}
	return s.ClickDeadline
}

// How long judging an attempt may take at a time, wall time, and writing down what
// came of it after that.
const (
	workFor   = 22 * time.Second
	recordFor = 5 * time.Second
)

// judgeTries is how often an attempt is judged in a row when others change the same
// rows at the same time.
const judgeTries = 5

// errSuperseded: somebody else has judged the same attempt at the same time.
var errSuperseded = errors.New("judged elsewhere")

func (s *Service) apply(ctx context.Context, a access.Attempt) error {
	who, err := s.Identify(ctx, a.Slack.Team, a.Slack.ID)
	if err != nil {
		return err
	}
	switch a.Kind {
	case access.AttemptAsk:
		return s.request(ctx, a, who)
	case access.AttemptInstead:
		return s.extendInstead(ctx, a, who)
	case access.AttemptApprove:
		return s.decide(ctx, a, who, access.Approve)
	case access.AttemptDeny:
		return s.decide(ctx, a, who, access.Deny)
	case access.AttemptCancel:
		return s.cancel(ctx, a, who)
	case access.AttemptQuestion:
		return s.question(ctx, a, who)
	case access.AttemptReply:
		return s.reply(ctx, a, who)
	case access.AttemptRevoke:
		return s.revoke(ctx, a, who)
	case access.AttemptCut:
		return s.cut(ctx, a, who)
	case access.AttemptLift:
		return s.lift(ctx, a, who)
	case access.AttemptBreakGlass:
		return s.breakGlass(ctx, a, who)
	case access.AttemptJustified, access.AttemptNotJustified, access.AttemptTakeBack:
		return s.review(ctx, a, who)
	case access.AttemptCertify:
		return s.certify(ctx, a, who)
	case access.AttemptCertifyMany:
		return s.certifyMany(ctx, a, who)
	case access.AttemptDelegate:
		return s.delegate(ctx, a, who)
	case access.AttemptUndo:
		return s.undo(ctx, a, who)
	case access.AttemptExtend:
		return s.extend(ctx, a, who)
	case access.AttemptLogin:
		return s.login(ctx, a, who)
	case access.AttemptTell:
		return s.tell(ctx, a, who)
	case access.AttemptHome:
		return s.home(ctx, a, who)
	}
	return fmt.Errorf("%w: an attempt of kind %q", access.ErrInvalid, a.Kind)
}

// refusal says whether an error is an answer about the person or the request, as
// opposed to a failure that says nothing about them.
func refusal(err error) bool {
	return outcomeOf(err) != "" && !errors.Is(err, access.ErrUnavailable)
}

// Words are what a person is told about an error: the words it was wrapped with, or
// that something failed on our side.
func Words(err error) string {
	for _, known := range []error{access.ErrNotAllowed, access.ErrOwnRequest, access.ErrInvalid} {
		if errors.Is(err, known) {
			return strings.TrimPrefix(err.Error(), access.ErrNotAllowed.Error()+": ")
		}
	}
	switch {
	case errors.Is(err, access.ErrNobody):
		return says(wordsNobody).String()
	case refusal(err):
		return err.Error()
	}
	return says(wordsFailed).String()
}

// refused tells the person why nothing was done, and what there is instead, in the
// transaction that says so.
func (s *Service) refused(ctx context.Context, a access.Attempt, words phrase, shows access.Question) error {
	err := s.Store.Update(ctx, judge, func(tx *store.Tx) error {
		a := a
		a.State, a.Answer, a.NextAt = access.AttemptRefused, words.String(), time.Time{}
		if _, err := tx.SaveAttempt(a); err != nil {
			return err
		}
		if shows.About != access.AboutNotice {
			return s.showInstead(tx, a, refusedText(a, words), shows)
		}
		return s.inform(tx, a, refusedText(a, words))
	})
	return ignoreStale(err)
}

var judge = access.System("judge")

// tryAgain keeps an attempt open; the person is told once that it is being checked.
func (s *Service) tryAgain(ctx context.Context, a access.Attempt, cause error) error {
	s.Log.WarnContext(ctx, "attempt waits", "attempt", a.ID, "kind", a.Kind, "tries", a.Tries, "err", cause)
	err := s.Store.Update(ctx, judge, func(tx *store.Tx) error {
		a := a
		a.Tries++
		a.NextAt = tx.Now().Add(access.Backoff(a.Tries, 15*time.Second))
		if _, err := tx.SaveAttempt(a); err != nil {
			return err
		}
		if err := s.denied(tx, cause); err != nil {
			return err
		}
		if a.Tries != 1 || a.Kind == access.AttemptHome || errors.Is(cause, access.ErrStale) {
			return nil
		}
		return s.inform(tx, a, checkingText(cause))
	})
	return ignoreStale(err)
}

func refusedText(a access.Attempt, words phrase) phrase {
	switch a.Kind {
	case access.AttemptBreakGlass:
		return says("Nothing was given: %s", words)
	case access.AttemptJustified, access.AttemptNotJustified, access.AttemptTakeBack:
		return says("Your review was not recorded: %s", words)
	case access.AttemptDelegate:
		return says("Nobody else was asked: %s", words)
	case access.AttemptUndo:
		return says("Nothing was taken back: %s", words)
	case access.AttemptHome:
		return says("airpass cannot show you anything: %s", words)
	case access.AttemptTell:
		return says("I cannot tell you that: %s", words)
	case access.AttemptAsk, access.AttemptInstead, access.AttemptExtend:
		return says("Your request was not made: %s", words)
	case access.AttemptCancel:
		return says("Nothing was cancelled or given back: %s", words)
	case access.AttemptRevoke:
		return says("Nothing was taken away: %s", words)
	case access.AttemptCut:
		return says("No sessions were cut: %s", words)
	case access.AttemptLift:
		return says("Nothing was lifted: %s", words)
	case access.AttemptLogin:
		return says("You were not signed in: %s", words)
	case access.AttemptQuestion:
		return says("Your question was not asked: %s", words)
	case access.AttemptReply:
		return says("Your answer was not recorded: %s", words)
	}
	return says("Your decision was not applied: %s", words)
}

// notify says something to somebody in their language.
func (s *Service) notify(tx *store.Tx, slackID string, p phrase) error {
	text, err := s.say(tx, slackID, p)
	if err != nil {
		return err
	}
	return notice(tx, slackID, text)
}

func notice(tx *store.Tx, slackID, text string) error {
	_, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.Notice, To: slackID, Text: text, State: access.MessageNew, NextAt: tx.Now()})
	return err
}

// ignoreStale: whoever changed the row in between goes on with it.
func ignoreStale(err error) error {
	if errors.Is(err, access.ErrStale) {
		return nil
	}
	return err
}

// done closes an attempt in the transaction that applies it.
func done(tx *store.Tx, a access.Attempt, answer string) error {
	a.State, a.Answer, a.NextAt = access.AttemptDone, answer, time.Time{}
	_, err := tx.SaveAttempt(a)
	if errors.Is(err, access.ErrStale) {
		return errSuperseded
	}
	return err
}

// bind ties a Slack account to its Okta user at its first use, and remembers in which
// language and time zone its owner reads.
func bind(tx *store.Tx, who Identity) error {
	if err := tx.Remember(access.Reader{SlackID: who.Slack.ID, OktaID: who.Person.OktaID, Locale: who.Locale, Zone: who.Zone}); err != nil {
		return err
	}
	_, found, err := tx.Binding(who.Slack.Team, who.Slack.ID)
	if err != nil || found {
		return err
	}
	return tx.Bind(access.Binding{Team: who.Slack.Team, SlackID: who.Slack.ID, OktaID: who.Person.OktaID, Email: who.Slack.Email, BoundAt: tx.Now()})
}
