package handlers_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"airpass/access"
	"airpass/handlers"
)

// BenchmarkHandle is what an acknowledgement costs apart from storing the attempt,
// with 400 targets.
func BenchmarkHandle(b *testing.B) {
	var targets []access.Target
	for n := range 100 {
		for _, role := range access.Roles() {
			targets = append(targets, target(fmt.Sprintf("environment-%03d", n), role, 8*time.Hour))
		}
	}
	r := handlers.NewRouter(handlers.Options{Team: "T1", Command: func() string { return "/airflow" }, Views: nowhere{},
		Record:  func(context.Context, access.Attempt) (bool, error) { return true, nil },
		Targets: func() []access.Target { return targets },
		Tell:    func(context.Context, string, string, string) error { return nil }})
	for name, payload := range map[string]string{
		"click": `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"actions":[{"action_id":"request.approve","value":"01R"}]}`,
		"ask": `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"callback_id":"request.ask","state":{"values":{"environment":{"environment":{"selected_option":{"value":"environment-099"}}},
			"role":{"role":{"selected_option":{"value":"Viewer"}}},"duration":{"duration":{"selected_option":{"value":"1h0m0s"}}},"reason":{"reason":{"value":"because"}}}}}}`,
		"options": `{"type":"block_suggestion","team":{"id":"T1"},"user":{"id":"U1"},"action_id":"environment","value":"9"}`,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := r.Handle(b.Context(), handlers.Delivery{ID: "e1", Kind: "interactive", Payload: []byte(payload)}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
