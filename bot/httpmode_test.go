package bot_test

import (
	"os"
	"strings"
	"testing"
)

// overHTTP says whether a story is played in HTTP mode: below TestHTTPMode, and all of
// them with AIRPASS_SLACK=http in the environment, which "make matrix" does.
func overHTTP(t testing.TB) bool {
	return os.Getenv("AIRPASS_SLACK") == "http" || strings.HasPrefix(t.Name(), "TestHTTPMode/")
}

// Stories of Socket Mode are true of HTTP mode. Every day a few of them, with a form, a
// click, a delivery that comes twice, one that is forged, and a restart in them.
func TestHTTPMode(t *testing.T) {
	t.Parallel()
	for name, story := range map[string]func(*testing.T){
		"asked, approved, in, and gone on time": TestAskedApprovedInAndGoneOnTime,
		"what Slack delivers twice":             TestWhatSlackDeliversTwiceHappensOnce,
		"a form that is submitted twice":        TestAFormThatIsSubmittedTwiceIsOneRequest,
		"forged values":                         TestForgedValuesDoNothing,
	} {
		t.Run(name, story)
	}
}
