package workspace

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/sandbox/control"
)

// faultAnswer is what a caller gets for a named answer.
type faultAnswer struct {
	status     int
	error      string // in a JSON body; "" is a body that is not JSON
	retryAfter string
}

func faultAnswers() map[string]faultAnswer {
	return map[string]faultAnswer{
		"throttled":   {status: http.StatusTooManyRequests, error: "ratelimited", retryAfter: "7"},
		"unavailable": {status: http.StatusServiceUnavailable},
		"internal":    {status: http.StatusOK, error: "internal_error"},
		"fatal_error": {status: http.StatusOK, error: "fatal_error"},
		"slack:NAME":  {status: http.StatusOK, error: "NAME"},
	}
}

// documentedFaults returns the quoted names in the package comment's paragraph on faults.
func documentedFaults(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for paragraph := range strings.SplitSeq(string(source), "\n//\n") {
		if !strings.HasPrefix(paragraph, "// Faults use") {
			continue
		}
		var out []string
		for _, hit := range regexp.MustCompile(`[^{]"([A-Za-z_.:]+)"`).FindAllStringSubmatch(paragraph, -1) {
			out = append(out, hit[1])
		}
		return out
	}
	t.Fatal("the package comment says nothing of faults")
	return nil
}

func TestTheFaultsThatAreDocumentedAreTheFaultsThereAre(t *testing.T) {
	t.Parallel()
	table, ops := faultAnswers(), methods()
	documented := documentedFaults(t)
	for _, name := range documented {
		_, isAnswer := table[name]
		_, isOp := ops[name]
		if !isAnswer && !isOp && name != "response_url" && name != "slack:missing_scope" {
			t.Errorf("%q is documented but is neither an operation nor an answer", name)
		}
	}
	for name := range table {
		if !slices.Contains(documented, name) {
			t.Errorf("%q works but is not documented", name)
		}
	}
}

func TestEveryMethodGivesEveryFaultAnswer(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.mu.Lock()
	response := tw.newResponseURL(general, anna, "")
	tw.mu.Unlock()
	addresses := map[string]string{"response_url": response}
	for name := range methods() {
		addresses[name] = tw.APIURL() + name
	}
	for op, address := range addresses {
		for answer, want := range faultAnswers() {
			tw.Faults().Add(control.Fault{Op: op, Times: 1, Answer: answer, RetryAfter: control.Duration(7 * time.Second)})
			if got := answerOf(t, address); got != want {
				t.Errorf("%s, %s: got %+v, want %+v", op, answer, got, want)
			}
		}
	}
	if left := tw.Faults().Active(); len(left) != 0 || len(tw.AllMessages()) != 0 {
		t.Errorf("left: %+v; said: %+v", left, tw.AllMessages())
	}
	for _, unknown := range []string{"denied", "slack", "THROTTLED"} {
		tw.Faults().Add(control.Fault{Op: "auth.test", Times: 1, Answer: unknown})
		if got := answerOf(t, addresses["auth.test"]); got.status != http.StatusNotImplemented {
			t.Errorf("an answer that Slack does not have, %q: %+v", unknown, got)
		}
	}
}

func answerOf(t *testing.T, address string) faultAnswer {
	t.Helper()
	resp, err := http.PostForm(address, url.Values{"token": {"xoxb-whatever"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &said) // not JSON: no error name
	return faultAnswer{status: resp.StatusCode, error: said.Error, retryAfter: resp.Header.Get("Retry-After")}
}
