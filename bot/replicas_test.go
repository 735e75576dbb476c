package bot_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// replicasVariable says how many replicas the stories are played with, on PostgreSQL.
const replicasVariable = "AIRPASS_REPLICAS"

// abreastIn is how many replicas a story is played with: three below TestReplicas, and
// in all of them with AIRPASS_REPLICAS=3 in the environment.
func abreastIn(t *testing.T) int {
	t.Helper()
	name, _, _ := strings.Cut(t.Name(), "/")
	if name == "TestReplicas" {
		return 3
	}
	said := os.Getenv(replicasVariable)
	if said == "" {
		return 1
	}
	n, err := strconv.Atoi(said)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s is not a number of replicas", replicasVariable, said)
	}
	if why, is := alone()[name]; is && n > 1 {
		t.Skip("with one process only: " + why)
	}
	return n
}

// alone are the stories that several replicas cannot play, with the reason.
func alone() map[string]string {
	const counted = "it reads what one process has counted"
	return map[string]string{
		"TestADatabaseThatFallsBehindIsNotReady":                  "it is about a file",
		"TestARestoredDatabaseGivesNothingUntilItHasBeenLookedAt": "it is about a file",
		"TestAReplayAfterARestartDoesNothing":                     counted,
		"TestAnotherDeploymentOnOurSlackAppIsNoticed":             "it counts the connections of one",
		"TestOnePersonOpensSoManyLinks":                           "each process counts for itself (docs/security.md)",
		"TestPromtoolTakesAScrape":                                counted,
		"TestTheMetricsTellTheStory":                              counted,
	}
}

// Stories of one process are true of three that share a database, with the clicks spread
// over them. Every day a few of them.
func TestReplicas(t *testing.T) {
	t.Parallel()
	for name, story := range map[string]func(*testing.T){
		"asked, approved, in, and gone on time":    TestAskedApprovedInAndGoneOnTime,
		"what Slack delivers twice":                TestWhatSlackDeliversTwiceHappensOnce,
		"two people are cut at once":               TestTwoPeopleAreCutAtOnceAndOneIsLetInEarlier,
		"a question and its answer":                TestAnApproverAsksAndTheRequesterAnswers,
		"approved together":                        TestApprovingTogetherGivesNobodyMoreThanTheirOwnClicks,
		"two requests, two approvals at once":      TestTwoRequestsAndTwoApprovalsInTheSameSecond,
		"stopped and begun beside standing access": TestStandingAccessIsLeftInPlaceAlsoWhenAirpassStopsInBetween,
	} {
		t.Run(name, story)
	}
}

// inTurn is a URL at which requests are handed to several others in turn, as a load
// balancer does.
func inTurn(tw *town, all []string) string {
	tw.Helper()
	if len(all) == 1 {
		return all[0]
	}
	var targets []*url.URL
	for _, one := range all {
		u, err := url.Parse(one)
		if err != nil {
			tw.Fatal(err)
		}
		targets = append(targets, u)
	}
	var next atomic.Uint64
	balancer := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		to := *targets[next.Add(1)%uint64(len(targets))]
		r.Out.URL, r.Out.Host = &to, to.Host
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }})
	tw.Cleanup(balancer.Close)
	return balancer.URL
}
