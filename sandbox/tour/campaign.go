package tour

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/campaigns"
	"airpass/campaigns/report"
	"airpass/config"
	"airpass/sandbox"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/workspace"
)

// The people of the chapter, from the first to before the last, by whom they report to and
// what they have. Beside them Olivia has prod/Viewer and Vera prod/Admin: 60 people in all.
const (
	crowdFrom   = 19
	gracesFrom  = crowdFrom       // prod/Viewer, by an assignment of their own
	henrysFrom  = gracesFrom + 20 // dev/User, by a group of Okta's
	grantedFrom = henrysFrom + 14 // report to Henry too; prod/User, by grants
	oliviasFrom = grantedFrom + 6 // prod/Op, by an assignment of their own
	crowdTo     = oliviasFrom + 18
)

// quarterly is the campaign, and a policy by which a request needs nobody's answer.
const quarterly = `campaigns:
  - name: quarterly
    schedule: CRON_TZ=Europe/Berlin 0 9 1 1,4,7,10 *
    scope: {access: holders}
    reviewers: [manager]
    fallback: [environment_owners]
    deadline: 14d
    remind_every: 3d
    silence: revoke
    remove_standing: true
`

const atOnce = `policies:
  - name: at-once
    stages:
      - name: manager
        approvers: [manager]
    rules:
      - {name: everything, when: "true", approve: true}
`

// keepUntil is what keeps something until a date.
const keepUntil = "keep until"

// Of the group those between are asked of Sam, and of the grants all but the first are
// not used.
const (
	samsFrom   = henrysFrom + 3
	samsTo     = samsFrom + 5
	unusedFrom = grantedFrom + 1
)

// season is what the chapter of a campaign passes from step to step.
type season struct {
	*story // in a world of its own, told by the same teller
	begins time.Time
	until  time.Time         // Henry keeps something until then
	used   time.Time         // when somebody has opened Airflow
	shown  map[string]string // what forms have said of somebody's access
}

// campaignChapter is a quarterly campaign over 60 people, from its schedule to its report.
func (s *story) campaignChapter(ctx context.Context) {
	if s.failed > 0 {
		return
	}
	c := &season{story: &story{teller: s.teller, opts: s.opts, dir: filepath.Join(s.dir, "campaign")}, shown: map[string]string{}}
	defer c.close(context.WithoutCancel(ctx))
	s.begin("A quarterly campaign over 60 people, from its schedule to its report")
	s.step(ctx, "In a third town 60 people have access, most of it past airpass", c.peopled)
	s.step(ctx, "The quarter begins: the campaign takes place by itself, once", c.takesPlace)
	s.step(ctx, "Grace reads the list of her twenty, and keeps them all at once", c.keptMany)
	s.step(ctx, "Henry takes six away at once, takes that back, goes page by page, and reduces five at once", c.pageByPage)
	s.step(ctx, "Nobody decides about their own access; Sam answers for Henry, and takes five away at once", c.notOnesOwn)
	s.step(ctx, "Half an hour later what Henry said is carried out", c.carriedOut)
	s.step(ctx, "Olivia has said nothing: she is reminded, the others are not", c.reminded)
	s.step(ctx, "The deadline: silence decides the rest", c.silence)
	s.step(ctx, "What was kept until a date is taken away then", c.keptUntil)
	s.step(ctx, "The report says all of it; one that was edited is refused", c.reported)
}

// crowd are the keys of some people of the chapter.
func crowd(from, to int) []string {
	var all []string
	for n := from; n < to; n++ {
		all = append(all, "p"+strconv.Itoa(n))
	}
	return all
}

func (c *season) peopled(ctx context.Context, see *seen) error {
	if err := c.enter(ctx, sandbox.Options{Unlimited: true, SlackRate: hurry, PushDelay: -1, AssignmentDelay: -1, Scale: sandbox.Scale{People: crowdTo}}); err != nil {
		return err
	}
	c.world.IdentityCenter.SetProvisionDelay(0)
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		return err
	}
	if err := c.standing(); err != nil {
		return err
	}
	file, err := ruled(c.world, string(c.world.Config("sqlite:"+filepath.Join(c.dir, "airpass.db"))), atOnce, map[string]string{"prod/User": "at-once"})
	if err != nil {
		return err
	}
	if c.config, err = config.Parse("campaign.yaml", []byte(readsUse(c.world, file)+unhurried+quarterly), os.LookupEnv); err != nil {
		return err
	}
	unlimited(c.config)
	if err := c.startBot(ctx); err != nil {
		return err
	}
	if err := c.world.Slack.WaitConnected(ctx, 1); err != nil {
		return err
	}
	c.begins = c.config.Campaigns[0].Calendar.Next(c.world.Clock.Now())
	if err := c.advance(ctx, c.begins.Sub(c.world.Clock.Now())-90*time.Minute); err != nil {
		return err
	}
	if err := c.granted(ctx); err != nil {
		return err
	}
	if err := c.opens(ctx, "p53"); err != nil {
		return err
	}
	assignments, memberships := c.story.granted()
	if assignments != 20+18+2+6 || memberships != 14+6 {
		return fmt.Errorf("there are %d assignments and %d memberships", assignments, memberships)
	}
	see.that("Okta, Identity Center: %d assignments of people and %d memberships in targets' groups, 6 of each by grants", assignments, memberships)
	see.that("Browser: p53, one of these six, opens Airflow; CloudTrail has it")
	return nil
}

// readsUse has it looked up in CloudTrail who has opened Airflow.
func readsUse(w *sandbox.World, file string) string {
	const at = "  endpoints:\n"
	trail := w.Addresses().CloudTrail
	return strings.Replace(file, at, fmt.Sprintf("%s    cloudtrail: %q\n    logs: %q\n", at, trail, trail), 1) + fmt.Sprintf("last_use: {log_groups: [%q]}\n", sandbox.LogGroupARN)
}

// opens has somebody open Airflow by the link of their message.
func (c *season) opens(ctx context.Context, who string) error {
	w := load(c.world, who)
	m, err := c.reads(ctx, who, w, openIt)
	if err != nil {
		return err
	}
	link, err := m.Button(openIt).Click(ctx)
	if err != nil {
		return err
	}
	c.used = c.world.Clock.Now()
	_, page, err := c.fresh(ctx, who, link.URL)
	if err != nil {
		return err
	}
	return c.inAirflow(page, who, w.target)
}

// load is what those ask for to whom a policy gives it at once.
func load(w *sandbox.World, who string) wish {
	return wish{who: who, target: w.Target("prod/User"), duration: "8h0m0s", reason: "The load of the quarter, " + who}
}

// standing gives people access as an administrator does, and each a manager.
func (c *season) standing() error {
	for who, manager := range map[[2]int]string{{gracesFrom, henrysFrom}: "grace", {oliviasFrom, crowdTo}: "olivia"} {
		for _, key := range crowd(who[0], who[1]) {
			if err := c.world.Okta.SetProfile(c.world.Person(key).Login, map[string]any{"managerId": c.world.Person(manager).Login}); err != nil {
				return err
			}
		}
	}
	for _, key := range crowd(henrysFrom, grantedFrom) {
		if err := c.world.Okta.SetMember(c.world.Target("dev/User").OktaGroup, c.world.Person(key).Login, true); err != nil {
			return err
		}
	}
	by := map[string]string{}
	for _, u := range c.world.IdentityCenter.Users() {
		by[u.UserName] = u.ID
	}
	for target, people := range map[string][]string{"prod/Viewer": append(crowd(gracesFrom, henrysFrom), "olivia"), "prod/Op": crowd(oliviasFrom, crowdTo), "prod/Admin": {"vera"}} {
		t := c.world.Target(target)
		for _, key := range people {
			if err := c.world.IdentityCenter.Assign(identitycenter.Assignment{Account: t.Account, PermissionSetARN: t.PermissionSet,
				PrincipalType: identitycenter.PrincipalUser, PrincipalID: by[c.world.Person(key).Login]}); err != nil {
				return err
			}
		}
	}
	return nil
}

// granted has people ask for what a policy gives them at once, side by side.
func (c *season) granted(ctx context.Context) error {
	people := crowd(grantedFrom, oliviasFrom)
	errs := make(chan error, len(people))
	for _, who := range people {
		go func() {
			w := load(c.world, who)
			form, _, err := c.openForm(ctx, who)
			if err == nil {
				_, err = fill(ctx, form, w)
			}
			if err == nil {
				_, err = c.reads(ctx, who, w, "Access is active")
			}
			errs <- err
		}()
	}
	var err error
	for range people {
		err = errors.Join(err, <-errs)
	}
	return err
}

func (c *season) takesPlace(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, c.begins.Sub(c.world.Clock.Now())+time.Minute); err != nil {
		return err
	}
	for who, n := range map[string]int{"grace": 20, "henry": 20, "olivia": 19, "vera": 1} {
		if err := c.told(ctx, who, fmt.Sprintf("0 of %d are decided", n)); err != nil {
			return err
		}
	}
	see.that("Slack: Grace is asked about 20, Henry about 20, Olivia about 19, Vera about 1: one message each")
	see.that("Slack: Vera, who is her own manager, is not asked about herself but an owner of the environment, Olivia, is")
	return c.operate(ctx, func(op *bot.Operator) error {
		all, err := op.Store.Occurrences(ctx, 10)
		if err == nil && (len(all) != 1 || all[0].Items != 60 || !all[0].ScheduledAt.Equal(c.begins)) {
			err = fmt.Errorf("it took place %d times, at first %+v", len(all), all)
		}
		return err
	})
}

// operate does something as the command line does.
func (c *season) operate(ctx context.Context, do func(*bot.Operator) error) error {
	op, err := bot.OpenOperator(ctx, c.config, c.opts.Log)
	if err != nil {
		return err
	}
	return errors.Join(do(op), op.Close())
}

// stillNeeded begins the message of a campaign.
const stillNeeded = "Is this access still needed?"

// asks waits until the message that asks somebody says these words.
func (c *season) asks(ctx context.Context, who string, words ...string) (workspace.Message, error) {
	p, says := c.world.As(who), workspace.Saying(append([]string{stillNeeded}, words...)...)
	m, err := p.WaitMessage(ctx, func(m workspace.Message) bool { return m.Channel == p.DM() && says(m) })
	if err != nil {
		err = fmt.Errorf("%s: %w; what stands there is:\n%s", who, err, c.lastSaid(who))
	}
	return m, err
}

// told is asks, of somebody who has no other such message.
func (c *season) told(ctx context.Context, who string, words ...string) error {
	if _, err := c.asks(ctx, who, words...); err != nil {
		return err
	}
	p, n := c.world.As(who), 0
	for _, m := range p.Messages(p.DM()) {
		if workspace.Saying(stillNeeded)(m) {
			n++
		}
	}
	if n != 1 {
		return fmt.Errorf("%s is asked by %d messages", who, n)
	}
	return nil
}

// presses presses a button of the message that asks somebody, and waits for the form that it
// opens.
func (c *season) presses(ctx context.Context, who, button, form string) (*workspace.ViewHandle, error) {
	m, err := c.asks(ctx, who)
	if err != nil {
		return nil, err
	}
	if _, err := m.Button(button).Click(ctx); err != nil {
		return nil, err
	}
	return c.world.As(who).WaitView(ctx, showing(form))
}

// many decides about many items at once, after the form has shown these words about them.
func (c *season) many(ctx context.Context, who, which, verdict string, words ...string) error {
	form, err := c.presses(ctx, who, "Decide many…", "Many at once")
	if err != nil {
		return err
	}
	if err := errors.Join(form.Select(ctx, "which", "which", which), form.Select(ctx, "verdict", "verdict", verdict)); err != nil {
		return err
	}
	if _, err := form.Submit(ctx); err != nil {
		return err
	}
	if form, err = c.world.As(who).WaitView(ctx, showing(words[0])); err != nil {
		return err
	}
	for _, w := range words {
		if !showing(w)(form.View()) {
			return fmt.Errorf("the list does not have %q:\n%s", w, form.View().Visible())
		}
	}
	return submit(ctx, form, "")
}

func (c *season) keptMany(ctx context.Context, see *seen) error {
	words := []string{"20 are kept"}
	for _, who := range crowd(gracesFrom, henrysFrom) {
		words = append(words, c.world.Person(who).Login+" – prod/Viewer")
	}
	if err := c.many(ctx, "grace", "all", "keep", words...); err != nil {
		return err
	}
	if _, err := c.asks(ctx, "grace", "20 of 20 are decided: 20 kept, 0 taken away"); err != nil {
		return err
	}
	see.that("Slack: the form lists all twenty by name before they are decided; then 20 of 20 are")
	return nil
}

func (c *season) pageByPage(ctx context.Context, see *seen) error {
	if err := c.many(ctx, "henry", "target:prod/User", "revoke", "6 are taken away"); err != nil {
		return err
	}
	m, err := c.asks(ctx, "henry", "6 of 20 are decided: 0 kept, 6 taken away")
	if err != nil {
		return err
	}
	if _, err := m.Button("Take back the last (6)").Click(ctx); err != nil {
		return err
	}
	if _, err := c.asks(ctx, "henry", "0 of 20 are decided"); err != nil {
		return err
	}
	see.that("Slack: six are taken away at once, and that is taken back: 0 of 20 are decided")
	if err := c.allThere("prod/User", crowd(grantedFrom, oliviasFrom)...); err != nil {
		return err
	}
	c.until = c.world.Clock.Now().AddDate(0, 0, 30).Truncate(24 * time.Hour)
	says := map[string]string{"p39": keepUntil, "p40": keepUntil, "p41": "revoke", "p53": "revoke"}
	for _, who := range crowd(samsFrom, samsTo) {
		says[who] = "delegate"
	}
	pages, err := c.pages(ctx, "henry", says, "sam")
	if err != nil {
		return err
	}
	if _, err := c.asks(ctx, "henry", "4 of 15 are decided: 2 kept, 2 taken away"); err != nil {
		return err
	}
	see.that("Slack: on %d pages two are kept until %s, two are not needed, five are asked of Sam", pages, c.until.Format(time.DateOnly))
	if err := c.saidOfUse(see); err != nil {
		return err
	}
	words := []string{"5 are reduced to the next lower role"}
	for _, who := range crowd(unusedFrom, oliviasFrom) {
		words = append(words, c.world.Person(who).Login+" – prod/User → prod/Viewer")
	}
	if err := c.many(ctx, "henry", campaigns.ChooseUnused, "reduce", words...); err != nil {
		return err
	}
	see.that("Slack: the five who have not used prod/User are to have prod/Viewer in its place, decided at once")
	_, err = c.asks(ctx, "henry", "9 of 15 are decided: 2 kept, 2 taken away, 5 reduced")
	return err
}

// saidOfUse says whether Henry has read when access was used last: of who has used it, of who
// has not, and of those of whom it cannot be known, because nobody's calls of their account are
// recorded.
func (c *season) saidOfUse(see *seen) error {
	at, is := c.shown["p53"], ""
	if _, rest, found := strings.Cut(at, "Last use: <!date^"); found {
		is, _, _ = strings.Cut(rest, "^")
	}
	if unix, err := strconv.ParseInt(is, 10, 64); err != nil || time.Unix(unix, 0).Sub(c.used).Abs() > time.Minute {
		return fmt.Errorf("p53 has opened Airflow at %s, and Henry reads: %s", c.used, at)
	}
	for who, words := range map[string]string{"p54": "Last use: none since " + c.used.UTC().Format(time.DateOnly), "p41": "Last use: not known."} {
		if !strings.Contains(c.shown[who], words) {
			return fmt.Errorf("of %s Henry does not read %q but: %s", who, words, c.shown[who])
		}
	}
	see.that("Slack: Henry reads, from CloudTrail, when p53 has used prod/User, that p54 has not, and that of dev/User the last use is not known")
	return nil
}

// allThere is an error unless people have a target.
func (c *season) allThere(target string, people ...string) error {
	for _, who := range people {
		if c.assigned(who, c.world.Target(target)) != 1 {
			return fmt.Errorf("%s does not have %s", who, target)
		}
	}
	return nil
}

// noneThere is an error if somebody has a target.
func (c *season) noneThere(target string, people ...string) error {
	t := c.world.Target(target)
	for _, who := range people {
		if c.assigned(who, t) > 0 || t.OktaGroup != "" && c.member(who, t) || t.IdentityCenterGroup != "" && c.pushed(wish{who: who, target: t}) {
			return fmt.Errorf("%s has %s", who, target)
		}
	}
	return nil
}

// asksAbout are the items of a form by whose they are.
func (c *season) asksAbout(form *workspace.ViewHandle) map[string]string {
	items := map[string]string{}
	for _, block := range form.View().Blocks {
		for _, p := range c.world.People() {
			if label, id := fmt.Sprint(block["label"]), fmt.Sprint(block["block_id"]); p.Login != "" && strings.Contains(label, p.Login+" – ") {
				items[p.Key] = id
			}
		}
	}
	return items
}

// factsOf is what a form says of an item.
func factsOf(form *workspace.ViewHandle, item string) string {
	for _, block := range form.View().Blocks {
		if text, is := block["text"].(map[string]any); is && block["block_id"] == "facts."+item {
			return fmt.Sprint(text["text"])
		}
	}
	return ""
}

// pages says something of items, named by whose they are, on whichever page of the form they
// are; other is asked about what others know. It returns how many pages there were.
func (c *season) pages(ctx context.Context, who string, says map[string]string, other string) (pages int, err error) {
	form, err := c.presses(ctx, who, "Decide…", "Still needed?")
	if err != nil {
		return 0, err
	}
	for {
		pages++
		here := c.asksAbout(form)
		said := 0
		for key, item := range here {
			c.shown[key] = factsOf(form, item)
			if says[key] == "" {
				continue
			}
			said++
			choice, _, _ := strings.Cut(says[key], " ")
			errs := []error{form.Select(ctx, item, "choice", choice)}
			switch says[key] {
			case keepUntil:
				errs = append(errs, form.Select(ctx, "", "until", c.until.Format(time.DateOnly)))
			case "delegate":
				errs = append(errs, form.Select(ctx, "", "other", c.world.Person(other).SlackID))
			}
			if err := errors.Join(errs...); err != nil {
				return pages, fmt.Errorf("%s: %w", key, err)
			}
		}
		sent, err := form.Submit(ctx)
		switch {
		case err != nil:
			return pages, err
		case sent.Closed:
			return pages, nil
		case len(sent.Errors) > 0 && said == 0: // nothing to say on the last one
			return pages, form.CloseAll(ctx)
		case len(sent.Errors) > 0:
			return pages, fmt.Errorf("the form is not taken: %v", sent.Errors)
		}
		if err := until(ctx, "the next page", func() bool {
			next := c.asksAbout(form)
			for key := range here {
				if next[key] != "" {
					return false
				}
			}
			return len(next) > 0
		}); err != nil {
			return pages, err
		}
	}
}

func (c *season) notOnesOwn(ctx context.Context, see *seen) error {
	if _, err := c.pages(ctx, "olivia", map[string]string{"vera": "delegate"}, "vera"); err != nil {
		return err
	}
	if err := c.hears(ctx, "olivia", "Nobody else was asked: nobody is asked about their own access"); err != nil {
		return err
	}
	see.that("Slack: Olivia wants Vera to be asked about Vera's own access: refused, in words")
	if _, err := c.asks(ctx, "olivia", "0 of 19 are decided"); err != nil {
		return err
	}
	if _, err := c.pages(ctx, "vera", map[string]string{"olivia": "keep"}, ""); err != nil {
		return err
	}
	if _, err := c.asks(ctx, "vera", "1 of 1 are decided: 1 kept"); err != nil {
		return err
	}
	words := []string{"5 are taken away"}
	for _, who := range crowd(samsFrom, samsTo) {
		words = append(words, c.world.Person(who).Login+" – dev/User")
	}
	if err := c.many(ctx, "sam", campaigns.ChooseAll, "revoke", words...); err != nil {
		return err
	}
	if _, err := c.asks(ctx, "sam", "5 of 5 are decided: 0 kept, 5 taken away"); err != nil {
		return err
	}
	see.that("Slack: Vera decides about Olivia's access, and Sam about what Henry did not know")
	return c.allThere("prod/Admin", "vera")
}

// passes moves the clock minute by minute until a vendor's state is as it should be: what is
// taken away begins twenty a minute.
func (c *season) passes(ctx context.Context, what string, holds func() bool) error {
	var moved time.Time
	for !holds() {
		if time.Since(moved) > 10*lookEvery {
			if err := c.advance(ctx, time.Minute); err != nil {
				return err
			}
			moved = time.Now()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain: %s", what)
		case <-time.After(lookEvery):
		}
	}
	return nil
}

func (c *season) reminded(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, 3*24*time.Hour); err != nil {
		return err
	}
	if err := c.hears(ctx, "olivia", "still waits for you: 19 items are open"); err != nil {
		return err
	}
	for _, who := range []string{"grace", "sam", "vera"} {
		for _, m := range c.world.As(who).Messages("") {
			if workspace.Saying("still waits for you")(m) {
				return fmt.Errorf("%s, who has answered, is reminded", who)
			}
		}
	}
	see.that("Slack: Olivia is told that 19 wait for her; Grace, Sam and Vera hear nothing")
	return nil
}

func (c *season) carriedOut(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, access.GraceOfReview+time.Minute); err != nil {
		return err
	}
	reduced, gone := crowd(unusedFrom, oliviasFrom), append(crowd(samsFrom, samsTo), "p41")
	if err := c.passes(ctx, "what is not needed is gone", func() bool {
		return errors.Join(c.noneThere("prod/User", crowd(grantedFrom, oliviasFrom)...), c.noneThere("dev/User", gone...), c.allThere("prod/Viewer", reduced...)) == nil
	}); err != nil {
		return err
	}
	see.that("Identity Center, Okta: p53 has no prod/User any more; of five prod/Viewer has come, and then prod/User has gone")
	see.that("Okta, Identity Center: p41 and Sam's five, whom no grant gave dev/User, are out of its group")
	if err := c.allThere("prod/Viewer", crowd(gracesFrom, henrysFrom)...); err != nil {
		return err
	}
	t := c.world.Target("dev/User")
	for _, who := range append(crowd(samsTo, grantedFrom), "p39", "p40") {
		if !c.member(who, t) {
			return fmt.Errorf("%s is not in the group of dev/User", who)
		}
	}
	see.that("Identity Center, Okta: the others have what they had")
	return nil
}

// silence is about 18 of Olivia's people and Vera, and of Henry's six of the group.
func (c *season) silence(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, 12*24*time.Hour); err != nil {
		return err
	}
	p := c.world.As("sam")
	says := workspace.Saying("quarterly is over", "25 of 60 items", "airpass removals confirm")
	m, err := p.WaitMessage(ctx, func(m workspace.Message) bool { return m.Channel == sandbox.AdminChannel && says(m) })
	if err != nil {
		return fmt.Errorf("%w; what stands there is:\n%s", err, last(p.Messages(sandbox.AdminChannel)))
	}
	if err := errors.Join(c.allThere("prod/Op", crowd(oliviasFrom, crowdTo)...), c.allThere("prod/Admin", "vera")); err != nil {
		return err
	}
	see.that("Slack: silence would take away 25 of 60, more than the cap: the admin channel says so, and nothing is taken away")
	_, batch, _ := strings.Cut(m.Visible(), "airpass removals confirm ")
	batch, _, _ = strings.Cut(strings.TrimSpace(batch)+"\n", "\n")
	if err := c.operate(ctx, func(op *bot.Operator) error {
		return op.Grants.ConfirmRemovals(ctx, op.Actor(), strings.Trim(batch, "`. "))
	}); err != nil {
		return fmt.Errorf("confirm %q: %w", batch, err)
	}
	if err := c.passes(ctx, "what nobody has answered about is gone", func() bool {
		return errors.Join(c.noneThere("prod/Op", crowd(oliviasFrom, crowdTo)...), c.noneThere("dev/User", crowd(samsTo, grantedFrom)...),
			c.noneThere("prod/User", crowd(grantedFrom, oliviasFrom)...), c.noneThere("prod/Admin", "vera")) == nil
	}); err != nil {
		return err
	}
	see.that("Okta, Identity Center: an admin confirms this batch; all of it is gone")
	for _, who := range []string{"olivia", "henry"} {
		if _, err := c.asks(ctx, who, "It is over"); err != nil {
			return err
		}
	}
	return nil
}

func (c *season) keptUntil(ctx context.Context, see *seen) error {
	t := c.world.Target("dev/User")
	if !c.member("p39", t) || !c.member("p40", t) {
		return errors.New("what is kept until a date is gone before it")
	}
	if err := c.advance(ctx, c.until.Add(25*time.Hour).Sub(c.world.Clock.Now())); err != nil {
		return err
	}
	if err := c.passes(ctx, "what was kept until now is gone", func() bool { return c.noneThere("dev/User", crowd(henrysFrom, grantedFrom)...) == nil }); err != nil {
		return err
	}
	assignments, memberships := c.story.granted()
	if assignments != 21 || memberships != 0 || c.allThere("prod/Viewer", append(crowd(gracesFrom, henrysFrom), "olivia")...) != nil {
		return fmt.Errorf("%d assignments and %d memberships are left", assignments, memberships)
	}
	see.that("Okta, Identity Center: nobody is in a target's group; of 60 people the 21 have access of whom somebody has said that they need it for good")
	return nil
}

func (c *season) reported(ctx context.Context, see *seen) error {
	var name string
	err := c.operate(ctx, func(op *bot.Operator) error {
		o, _, err := op.Store.LastOccurrence(ctx, "quarterly")
		if err != nil {
			return err
		}
		name = o.ID
		for _, f := range []report.Format{report.HTML, report.CSV} {
			var text bytes.Buffer
			if err := report.Write(ctx, op.Store, o.ID, f, c.dir, &text); err != nil {
				return err
			}
			if err := c.proves(op, f, text.Bytes()); err != nil {
				return err
			}
		}
		g, err := op.Store.VerifyAudit(ctx)
		if err == nil && g.Why != "" {
			err = fmt.Errorf("the trail: %s", g.Why)
		}
		return err
	})
	if err != nil {
		return err
	}
	see.that("reviews export %s: everybody stands in the page and in the table, and both verify", name)
	see.that("reviews verify: a report in which a name was changed is not what was signed")
	if twice := c.world.Slack.Duplicates(); len(twice) > 0 {
		return fmt.Errorf("%d messages stand in Slack twice, the first: %s", len(twice), twice[0][0].Visible())
	}
	return nil
}

// proves says whether everybody is in a report, whether it verifies, and whether it would not
// if it was edited.
func (c *season) proves(op *bot.Operator, f report.Format, text []byte) error {
	for _, who := range append(crowd(gracesFrom, crowdTo), "olivia", "vera") {
		if !bytes.Contains(text, []byte(c.world.Person(who).Login)) {
			return fmt.Errorf("%s: %s is not in it", f, who)
		}
	}
	if at := bytes.Index(text, []byte("the audit trail says something else")); at >= 0 {
		return fmt.Errorf("%s: nothing was changed past airpass, and it says: %s", f, text[at:min(at+200, len(text))])
	}
	if _, why, err := report.Check(op.Store, bytes.NewReader(text)); err != nil || why != "" {
		return errors.Join(err, fmt.Errorf("%s: it does not verify: %s", f, why))
	}
	edited := bytes.Replace(slices.Clone(text), []byte("p41@"), []byte("p42@"), 1)
	_, why, err := report.Check(op.Store, bytes.NewReader(edited))
	if err != nil || why == "" {
		return errors.Join(err, fmt.Errorf("%s: an edited one verifies", f))
	}
	return nil
}
