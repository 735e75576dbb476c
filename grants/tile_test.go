package grants_test

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/store"
)

func (b *bench) tile(who, environment string) bool {
	return b.world.HasTile(b.world.Person(who).Login, environment)
}

// tileOf is the entitlement of a grant that is its tile.
func (b *bench) tileOf(id string) access.Entitlement {
	b.Helper()
	for _, e := range b.entitlements(id) {
		if e.Ref.Kind == access.ApplicationAssignment {
			return e
		}
	}
	b.Fatal("the grant holds no tile:", b.dump())
	return access.Entitlement{}
}

func TestATileComesAndGoesWithTheAccess(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"prod/Viewer", "dev/User"} { // of either mode
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			b := setup(t, sandbox.Options{Tiles: true})
			environment := b.world.Target(target).Environment
			id := b.approve("ada", target, time.Hour)
			b.active(id)
			if !b.tile("ada", environment) || b.tile("ben", environment) {
				t.Fatal("active, and who has the tile is wrong:", b.dump())
			}
			if e := b.tileOf(id); e.Origin != access.OriginOurs || e.Presence != access.Present {
				t.Fatalf("%+v", e)
			}
			b.advance(time.Hour)
			b.ended(id)
			if b.tile("ada", environment) {
				t.Fatal("ended, and the tile is still there")
			}
		})
	}
}

// Two targets of an environment have one tile.
func TestATileIsSharedByTheGrantsOfAnEnvironment(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{Tiles: true})
	first := b.approve("ada", "prod/Viewer", time.Hour)
	b.active(first)
	second := b.approve("ada", "prod/Op", 3*time.Hour)
	b.active(second)
	if b.calls["CreateApplicationAssignment"] != 1 {
		t.Error("what is there was made twice")
	}
	b.advance(time.Hour + time.Minute)
	b.ended(first)
	if !b.tile("ada", "prod") {
		t.Fatal("the first grant's end took the tile that the second needs")
	}
	b.advance(2 * time.Hour)
	b.ended(second)
	if b.tile("ada", "prod") {
		t.Fatal("still there after the last")
	}
}

func TestATileThatSomebodyHadBeforeStays(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{Tiles: true})
	hers := identitycenter.Principal{Type: identitycenter.PrincipalUser, ID: b.center("ada")}
	if err := b.world.IdentityCenter.EditApplication(b.world.Tile("prod"), func(a *identitycenter.Application) { a.Assigned = append(a.Assigned, hers) }); err != nil {
		t.Fatal(err)
	}
	id := b.approve("ada", "prod/Viewer", time.Hour)
	b.active(id)
	b.revoke(id)
	b.ended(id)
	if !b.tile("ada", "prod") || b.assigned("ada", "prod/Viewer") {
		t.Fatal("the tile is standing, the access is not:", b.dump())
	}
}

func TestATileWhoseAnswerWasLostIsOursAndGoes(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{Tiles: true})
	b.world.IdentityCenter.Faults().Add(control.Fault{Op: "CreateApplicationAssignment", Times: 1, LoseReply: true})
	id := b.approve("ada", "prod/Viewer", time.Hour)
	b.active(id)
	b.until("the tile is read back", 20*time.Minute, func() bool { return b.tileOf(id).Ready })
	if e := b.tileOf(id); e.Origin != access.OriginOurs {
		t.Fatalf("%+v", e)
	}
	b.revoke(id)
	b.ended(id)
	if b.tile("ada", "prod") {
		t.Fatal("ended, and the tile is still there")
	}
}

// A tile opens nothing: access does not wait for one that AWS refuses, in either
// direction, and the admins are told once.
func TestARefusedTileHoldsUpNothing(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(b *bench, is bool){
		"the ARN": func(b *bench, is bool) { b.world.IdentityCenter.RefuseSAMLAssignments(is) },
		"the creation": func(b *bench, is bool) {
			if is {
				b.world.IdentityCenter.Faults().Add(control.Fault{Op: "CreateApplicationAssignment", Answer: "denied"})
			} else {
				b.world.IdentityCenter.Faults().Clear()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, sandbox.Options{Tiles: true})
			refuse(b, true)
			first, second := b.approve("ada", "prod/Viewer", time.Hour), b.approve("ben", "prod/Viewer", time.Hour)
			b.active(first)
			b.active(second)
			b.until("the tiles are given up", time.Minute, func() bool { return b.tileOf(first).Fatal && b.tileOf(second).Fatal })
			if n := b.adminNotices("refuses to assign the application"); n != 1 {
				t.Errorf("%d notices, want 1", n)
			}
			if !b.assigned("ada", "prod/Viewer") || b.tile("ada", "prod") {
				t.Fatal("active, and not as it has to be:", b.dump())
			}
			b.revoke(first)
			b.ended(first)
			b.revoke(second)
			b.ended(second)
			if b.assigned("ada", "prod/Viewer") || b.assigned("ben", "prod/Viewer") {
				t.Fatal("ended, and still in place")
			}
			b.advance(20 * time.Minute) // past the settle window
			refuse(b, false)
			third := b.approve("ada", "prod/Viewer", time.Hour)
			b.active(third)
			b.until("the tile is there", time.Minute, func() bool { return b.tile("ada", "prod") && b.tileOf(third).Ready })
			b.revoke(third)
			b.ended(third)
			if b.tile("ada", "prod") {
				t.Fatal("ended, and the tile is still there")
			}
		})
	}
}

// A tile that is refused, or given after all, when the access is active already: the card
// says so.
func TestACardFollowsATileThatIsDecidedAfterTheAccess(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{Tiles: true})
	faults := b.world.IdentityCenter.Faults()
	faults.Add(control.Fault{Op: "CreateApplicationAssignment", Answer: "unavailable"})
	id := b.approve("ada", "prod/Viewer", 4*time.Hour)
	card := b.cardOf(id)
	b.active(id)
	b.until("the tile is tried in vain", 10*time.Minute, func() bool { return b.tileOf(id).LastError != "" })
	shown := b.wanted(card)
	faults.Clear()
	faults.Add(control.Fault{Op: "CreateApplicationAssignment", Answer: "denied"})
	b.until("the tile is refused for good", time.Hour, func() bool { return b.tileOf(id).Fatal })
	if now := b.wanted(card); b.grant(id).State != access.GrantActive || now <= shown {
		t.Errorf("the card is not shown anew: %d, %d before\n%s", now, shown, b.dump())
	}
}

// cardOf is a requester's card about a grant.
func (b *bench) cardOf(id string) string {
	b.Helper()
	card := ""
	err := b.store.Update(b.Context(), access.System("test"), func(tx *store.Tx) error {
		m, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.RequesterCard, To: "U0CARD", Request: b.grant(id).RequestID, State: access.MessageNew, NextAt: tx.Now()})
		card = m.ID
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return card
}

// wanted is how often there was something new to show on a card.
func (b *bench) wanted(card string) int64 {
	b.Helper()
	m, err := b.store.Message(b.Context(), card)
	if err != nil {
		b.Fatal(err)
	}
	return m.Wanted
}

// What opens something goes first: a tile that cannot be taken away keeps nobody's access.
func TestATileThatStaysKeepsNoAccess(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{Tiles: true})
	id := b.approve("ada", "prod/User", time.Hour)
	b.active(id)
	b.world.IdentityCenter.Faults().Add(control.Fault{Op: "DeleteApplicationAssignment", Answer: "denied"})
	b.revoke(id)
	b.until("the access is gone", 5*time.Minute, func() bool { return !b.assigned("ada", "prod/User") && !b.member("ada", "prod/User") })
	b.until("it is overdue", 10*time.Minute, func() bool { return b.adminNotices("application assignment") == 1 })
	if !b.tile("ada", "prod") || b.state(id, access.GrantEnded)() {
		t.Fatal("the tile is still there, and the grant has not ended:", b.dump())
	}
	b.world.IdentityCenter.Faults().Clear()
	b.ended(id)
	if b.tile("ada", "prod") {
		t.Fatal("ended, and the tile is still there")
	}
}
