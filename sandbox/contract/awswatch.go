package contract

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// AWSWatch is a handler that holds every response of another to the models of the
// APIs that it serves, and fails the test for each that a model rejects. It is safe
// for concurrent use.
type AWSWatch struct {
	report testing.TB
	next   http.Handler
	apis   []*AWSAPI

	mu      sync.Mutex
	checked map[string]int
}

// WatchAWS watches a handler. Requests of none of the APIs pass unchecked.
func WatchAWS(report testing.TB, next http.Handler, apis ...*AWSAPI) *AWSWatch {
	return &AWSWatch{report: report, next: next, apis: apis, checked: map[string]int{}}
}

// ServeHTTP lets the handler answer, checks the answer and passes it on unchanged.
func (w *AWSWatch) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec := httptest.NewRecorder()
	w.next.ServeHTTP(rec, r)
	for _, api := range w.apis {
		if op := api.Op(r, body); op != "" {
			w.check(api, op, rec)
			break
		}
	}
	maps.Copy(rw.Header(), rec.Header())
	rw.WriteHeader(rec.Code)
	_, _ = rw.Write(rec.Body.Bytes())
}

func (w *AWSWatch) check(api *AWSAPI, op string, rec *httptest.ResponseRecorder) {
	if err := api.CheckResponse(op, rec.Code, rec.Header(), rec.Body.Bytes()); err != nil {
		w.report.Errorf("%s answered %d, which AWS's model rejects: %v\n%s", op, rec.Code, err, rec.Body)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.checked[fmt.Sprintf("%s %d", op, rec.Code)]++
}

// Checked returns how many responses were held to a model, by operation and status
// ("GetUserId 400").
func (w *AWSWatch) Checked() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.checked)
}
