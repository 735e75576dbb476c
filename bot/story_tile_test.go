package bot_test

import (
	"strings"
	"testing"
	"time"

	"airpass/sandbox"
)

// refusedTiles is how often the admins were told that AWS refuses a tile.
func (tw *town) refusedTiles() int {
	n := 0
	for _, m := range tw.Slack.Messages(sandbox.AdminChannel) {
		n += strings.Count(m.Visible(), "refuses to assign the application")
	}
	return n
}

// A tile of the access portal comes with access to its environment, is shared by what
// somebody has there, and goes with the last of it.
func TestATileComesAndGoesWithTheAccess(t *testing.T) {
	t.Parallel()
	o := quick()
	o.Tiles = true
	tw := settle(t, o)
	ada := tw.Person("ada").Login
	tw.given("ada", "prod/Viewer", "1 hour", "the short one", "grace")
	if !tw.HasTile(ada, "prod") || tw.HasTile(ada, "dev") || tw.HasTile(tw.Person("ben").Login, "prod") {
		t.Error("the tile is for who has access, where they have it")
	}
	tw.given("ada", "prod/Op", "4 hours", "the long one", "olivia")
	tw.advance(time.Hour + time.Minute)
	tw.sees("ada", "the short one", "Access has ended")
	if !tw.HasTile(ada, "prod") {
		t.Error("the end of one took away the tile of the other")
	}
	tw.advance(3 * time.Hour)
	tw.sees("ada", "the long one", "Access has ended")
	if tw.HasTile(ada, "prod") || !tw.free("ada", "prod/Viewer") || !tw.free("ada", "prod/Op") {
		t.Error("something is left after the last end")
	}
}

// No page says that the API takes assignments of SAML applications. If it does not, people
// have their access without the tile, are told so, and the admins are told once.
func TestAccessDoesWithoutATileThatAWSRefuses(t *testing.T) {
	t.Parallel()
	o := quick()
	o.Tiles = true
	tw := settle(t, o)
	tw.IdentityCenter.RefuseSAMLAssignments(true)
	tw.given("ada", "prod/Viewer", "1 hour", "without a tile", "grace")
	tw.sees("ada", "without a tile", "Access is active", "did not give you its tile")
	tw.given("ben", "prod/Viewer", "1 hour", "neither has he", "grace")
	tw.eventually("the admins are told", func() bool { return tw.refusedTiles() == 1 })
	tw.advance(time.Hour + time.Minute)
	tw.sees("ada", "without a tile", "Access has ended")
	tw.sees("ben", "neither has he", "Access has ended")
	if n := tw.refusedTiles(); n != 1 || !tw.free("ada", "prod/Viewer") || !tw.free("ben", "prod/Viewer") {
		t.Errorf("the admins were told %d times, or something is left", n)
	}
}
