package bot_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/sandbox"
	"airpass/sandbox/okta"
	"airpass/sandbox/workspace"
	"airpass/store"
)

func TestWhoIsNotOneActivePersonIsRefusedWithTheStepNamed(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	absent := func(*okta.User) bool { return false }
	tw.newcomer("wrongdomain", "wd@partner.example", "", nil, nil)
	tw.newcomer("lookalike", "la@example.com.evil.example", "", nil, nil)
	tw.newcomer("twice", "twice@example.com", "ben", nil, nil)
	tw.newcomer("twice2", "twice.second@example.com", "ben", func(u *okta.User) bool {
		u.Profile["email"] = "twice@example.com"
		return true
	}, func(*workspace.User) bool { return false })
	tw.newcomer("unknown", "unknown@example.com", "", absent, nil)
	tw.newcomer("unconfirmed", "unconfirmed@example.com", "ben", nil, func(u *workspace.User) bool {
		u.EmailUnconfirmed = true
		return true
	})
	tw.newcomer("suspended", "suspended@example.com", "ben", nil, nil)
	if err := tw.Okta.SetStatus("suspended@example.com", okta.Suspended); err != nil {
		t.Fatal(err)
	}
	tw.newcomer("noaws", "noaws@example.com", "ben", func(u *okta.User) bool { return true }, nil)
	for _, g := range tw.Okta.Groups() {
		if strings.HasPrefix(g.Name, "AWS") {
			if err := tw.Okta.SetMember(g.ID, "noaws@example.com", false); err != nil {
				t.Fatal(err)
			}
		}
	}
	// alex2 is the namesake of alex and no engineer: nobody is found by a name.
	for who, says := range map[string]string{
		"carl": "guests of this workspace", "dora": "Okta has no active user", "suspended": "Okta has no active user",
		"wrongdomain": "not in a domain that airpass accepts", "lookalike": "not in a domain that airpass accepts",
		"twice": "Okta has 2 active users", "unknown": "Okta has no active user", "unconfirmed": "is not confirmed",
		"noaws": "not assigned to the AWS application", "alex2": "not in one of the Okta groups",
	} {
		t.Run(who, func(t *testing.T) {
			if who != "noaws" && who != "alex2" { // they are somebody, who may ask for other things
				tw.types(who, "", "")
				tw.formSays(tw.asking(who), "You cannot ask for access", says)
			}
			tw.deliver(tw.forgedAsk(tw.Person(who).SlackID, "prod/Viewer", "1h", "let me in "+who))
			tw.sees(who, "Your request was not made", says)
		})
	}
	t.Run("a bot", func(t *testing.T) {
		tw.deliver(tw.forgedAsk(tw.Person("deploybot").SlackID, "prod/Viewer", "1h", "let me in, beep"))
		tw.eventually("it is refused", func() bool {
			return slices.ContainsFunc(tw.answers(tw.Person("deploybot").SlackID), func(a string) bool { return strings.Contains(a, "bots cannot have access") })
		})
	})
	t.Run("deactivated in Slack", func(t *testing.T) {
		tw.deliver(tw.forgedAsk(tw.Person("erik").SlackID, "prod/Viewer", "1h", "let me in, still"))
		tw.eventually("it is refused", func() bool {
			return slices.ContainsFunc(tw.answers(tw.Person("erik").SlackID), func(a string) bool { return strings.Contains(a, "deactivated") })
		})
	})
	t.Run("a stranger", func(t *testing.T) {
		p := tw.as("stefan")
		if _, err := p.Slash(tw.ctx(), sandbox.Command, "", ""); err == nil && p.OpenView() != nil {
			t.Error("a stranger gets the form")
		}
		tw.deliver(tw.forgedAsk(tw.Person("stefan").SlackID, "prod/Viewer", "1h", "let me in, partner"))
		tw.eventually("it is refused", func() bool {
			return slices.ContainsFunc(tw.answers(tw.Person("stefan").SlackID), func(a string) bool { return strings.Contains(a, "another organization") })
		})
	})
	if cards := tw.about("let me in"); len(cards) > 0 {
		t.Errorf("somebody got as far as a card: %s", cards[0].Visible())
	}
}

func TestLoginsAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.newcomer("ivan", "ivan#ops@example.com", "ben", nil, nil)
	tw.newcomer("quinn", `quinn"o'x%20&y@example.com`, "ben", nil, nil)
	for who, approver := range map[string]string{"dana": "henry", "zoe": "henry", "ivan": "grace", "quinn": "grace"} {
		t.Run(who, func(t *testing.T) {
			tw.given(who, "prod/User", "1 hour", "the same as everybody, "+who, approver)
			if !tw.has(who, "prod/User") {
				t.Error("verified, and not there")
			}
		})
	}
	tw.advance(time.Hour + time.Minute)
	for _, who := range []string{"dana", "zoe", "ivan", "quinn"} {
		tw.eventually(who+" has nothing left", func() bool { return tw.free(who, "prod/User") })
	}
}

func TestAnAddressThatChangesIsRefusedUntilAnAdminSaysSo(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "as usual")
	tw.sees("ada", "as usual", "Waiting")
	ada := tw.Person("ada")
	tw.Slack.UpdateUser(ada.SlackID, func(u *workspace.User) { u.Email = "ada.byron@example.com" })
	if err := tw.Okta.SetProfile(ada.OktaID, map[string]any{"email": "ada.byron@example.com"}); err != nil {
		t.Fatal(err)
	}
	tw.types("ada", "", "")
	refused := tw.asking("ada")
	tw.formSays(refused, "You cannot ask for access", "tied to another e-mail address")
	if err := refused.Close(tw.ctx()); err != nil {
		t.Fatal(err)
	}
	tw.deliver(tw.forgedAsk(ada.SlackID, "prod/Op", "1h0m0s", "married, new name"))
	tw.sees("ada", "Your request was not made", "tied to another e-mail address", "airpass people rebind")
	// Her account now has somebody else's address: it does not become that person.
	tw.Slack.UpdateUser(ada.SlackID, func(u *workspace.User) { u.Email = tw.Person("grace").Email })
	tw.click(tw.card("ada", "as usual"), "Approve")
	tw.sees("ada", "Your decision was not applied", "tied to another e-mail address")
	tw.Slack.UpdateUser(ada.SlackID, func(u *workspace.User) { u.Email = "ada.byron@example.com" })
	tw.operate(func(o *bot.Operator) error {
		return o.Store.Update(tw.ctx(), o.Actor(), func(tx *store.Tx) error {
			return tx.Rebind(access.Binding{Team: tw.Slack.TeamID(), SlackID: ada.SlackID, OktaID: ada.OktaID, Email: "ada.byron@example.com", BoundAt: tx.Now()})
		})
	})
	tw.ask("ada", "prod/Op", "1 hour", "confirmed by an admin")
	tw.sees("ada", "confirmed by an admin", "Waiting")
}

func TestAReasonIsWordsAndNothingElse(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	head := "<!channel> <!here> <@U0SAM> @here #general <https://evil.example|Approve here> *bold* _it_ ~no~ `code` :rocket: key: value & \"quotes\"\n> quote\n```block``` \u202eesrever "
	reason := head + strings.Repeat("é", 3000-len([]rune(head)))
	tw.ask("ada", "prod/Viewer", "1 hour", reason)
	card := tw.sees("grace", "<!channel>", "@here", ":rocket: key: value")
	for _, m := range tw.about("<!channel>") {
		if n := m.Notifies(); len(n) > 0 {
			t.Errorf("the reason notifies %q", n)
		}
		if strings.ContainsRune(m.Visible(), '\u202e') {
			t.Error("the direction of writing is turned around")
		}
	}
	tw.everyButton(card, "<!channel>", 3)
	tw.stop()
	tw.operate(func(o *bot.Operator) error {
		var out bytes.Buffer
		if err := o.Store.ExportAudit(tw.ctx(), &out, store.AuditFilter{}); err != nil {
			return err
		}
		if !strings.Contains(out.String(), strings.Repeat("é", 2000)) || !strings.Contains(out.String(), `<!channel> <!here> <@U0SAM> @here`) ||
			strings.Count(out.String(), "é") < 3000-len([]rune(head)) {
			t.Error("the audit trail does not have the whole reason")
		}
		_, err := o.Store.VerifyAudit(tw.ctx())
		return err
	})
}

// everyButton waits for n cards with these words; the approver's has the buttons of a
// decision and no link.
func (tw *town) everyButton(card workspace.Message, words string, n int) {
	tw.Helper()
	tw.eventually("all cards are there", func() bool { return len(tw.about(words)) == n })
	if got := card.Buttons(); !slices.Equal(got, []string{"Approve", "Approve shorter…", "Deny", "Ask a question…"}) {
		tw.Errorf("buttons: %q", got)
	}
}
