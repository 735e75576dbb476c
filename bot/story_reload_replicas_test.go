package bot_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"airpass/config"
	"airpass/internal/pgtest"
	"airpass/sandbox"
)

// abroad starts three replicas that follow one file.
func abroad(t *testing.T, o sandbox.Options) *office {
	t.Helper()
	of := &office{town: &town{T: t, World: world(t, o), log: &logLines{all: true}, abreast: 3},
		path: filepath.Join(t.TempDir(), "airpass.yaml"), store: pgtest.URL(t)}
	of.must(os.WriteFile(of.path, of.yaml(), 0o600))
	of.source = &config.Source{Path: of.path}
	c, err := of.source.Load(t.Context())
	of.must(err)
	of.config = c
	of.serve()
	return of
}

// all saves the file and waits until every replica has read it with that result.
func (of *office) all(result, yaml string) {
	of.Helper()
	counted := func() (n []float64) {
		for _, b := range of.bots {
			n = append(n, max(0, metric(of.T, b, `airpass_config_reloads_total{result="`+result+`"}`)))
		}
		return n
	}
	before := counted()
	of.save(yaml)
	of.eventually("every replica: "+result, func() bool {
		for i, n := range counted() {
			if n == before[i] {
				return false
			}
		}
		return true
	})
}

func TestReloadOfThreeReplicasAtOnce(t *testing.T) {
	t.Parallel()
	o := quick()
	o.Unlimited = true
	of := abroad(t, o)
	whole := string(of.yaml())
	of.given("ada", "prod/User", "1 hour", "before it goes", "grace")
	of.ask("ben", "prod/User", "1 hour", "clicked meanwhile")
	card := of.seesIn("chen", sandbox.RequestsChannel, "clicked meanwhile", "Approve")

	// Clicks are spread over the replicas, each in the middle of its own reload.
	const clicks = 24
	var pour sync.WaitGroup
	for range 4 {
		pour.Go(func() {
			for range clicks / 4 {
				if _, err := card.Button("Approve").Click(of.ctx()); err != nil {
					t.Error("a click was not acknowledged:", err)
				}
			}
		})
	}
	of.all("loaded", without("prod/Viewer")(of.World, whole))
	of.all("loaded", whole)
	pour.Wait()
	of.press("grace", "Approve", "clicked meanwhile")
	of.sees("ben", "clicked meanwhile", "Access is active")

	// What is wrong is told once, not by each.
	broken := strings.Replace(whole, "key_id: sandbox", "key_id: sandbox\n  colour: blue", 1)
	of.all("refused", broken)
	of.seesIn("sam", sandbox.AdminChannel, "is refused", "audit.colour")
	of.given("ben", "prod/Viewer", "1 hour", "the old one stays", "grace")
	if n := len(of.about("configuration was changed and is refused")); n != 1 {
		t.Errorf("the admin channel was told %d times", n)
	}

	// A target that goes is gone for whichever replica is asked; what was given by it ends on time.
	of.all("loaded", without("prod/User")(of.World, whole))
	refused := func() (n float64) {
		for _, b := range of.bots {
			n += max(0, metric(t, b, `airpass_slack_deliveries_total{outcome="refused",type="view_submission"}`))
		}
		return n
	}
	before := refused()
	for range 6 {
		of.deliver(of.forgedAsk(of.Person("ada").SlackID, "prod/User", "1h0m0s", "asked too late"))
	}
	if n := refused() - before; n != 6 {
		t.Errorf("%v of 6 forms that ask for what is no longer in the file are refused", n)
	}
	of.advance(time.Hour + time.Minute)
	of.eventually("what was given by a target that has left the file is taken away", func() bool {
		return of.free("ada", "prod/User") && of.free("ben", "prod/User")
	})
}
