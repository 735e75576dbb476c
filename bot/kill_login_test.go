package bot_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"airpass/outbound"
)

// Somebody clicks an instant link, and airpass dies while it makes a login: it is made once
// more, and every one there was is in the trail.
func TestKillDuringALoginHidesNone(t *testing.T) {
	t.Parallel()
	for _, ph := range phases() {
		t.Run(string(ph), func(t *testing.T) {
			t.Parallel()
			s := besiege(t, stores()["sqlite"](t), quick(), &shot{outbound.CreateWebLoginToken, ph, 1}, instantly("prod/User"))
			s.most = firstHelp // a click is worth a minute
			p := plots()[0]
			s.asks(p, firstReason)
			s.approves(p, firstReason)
			s.until("access", s.given(p, firstReason))
			card := s.card(p.who, firstReason, "Open Airflow")
			s.arm()
			s.persist("open it", func(ctx context.Context) error {
				_, err := card.Button("Open Airflow").Click(ctx)
				return err
			})
			s.await("a way in", func() error {
				if len(s.waysIn(p.who)) == 0 {
					return errors.New("none is shown")
				}
				return nil
			})
			if !s.disarm() {
				t.Error("nobody died")
			}
			s.eventually("Slack reaches airpass again", s.there)
			if in := s.through(p.who, s.waysIn(p.who)[0]); in.AirflowRole != "User" || in.SignedInAs != "assumed-role/airpass-login/ada@example.com" {
				t.Errorf("%+v", in)
			}
			trail, made := s.trail(s.open()), s.MWAA.Tokens().WebLogin
			if trail.kinds["login.begun"] != 2 || trail.kinds["login.made"] != 1 || made > 2 {
				t.Errorf("%d begun, %d made by the trail, %d tokens", trail.kinds["login.begun"], trail.kinds["login.made"], made)
			}
			s.advance(time.Hour + time.Minute)
			s.until("the end", s.over(p, firstReason))
		})
	}
}
