package bot

import (
	"context"
	"log/slog"
	"strings"

	"airpass/access"
)

// logEvents writes a line for each event that moves a request or a grant: what was
// done, and who did it. The audit trail has the whole; the log has no names,
// addresses or reasons.
func logEvents(log *slog.Logger) func(context.Context, []access.Event) {
	return func(ctx context.Context, events []access.Event) {
		for _, e := range events {
			if !moves(e.Kind) {
				continue
			}
			line := []any{"kind", string(e.Kind)}
			for _, part := range []struct{ name, value string }{
				{"request", e.Request}, {"grant", e.Grant}, {"target", e.Facts["target"]}, {"verdict", e.Facts["verdict"]}, {"why", e.Facts["why"]},
			} {
				if part.value != "" {
					line = append(line, part.name, part.value)
				}
			}
			log.InfoContext(ctx, "changed", append(line, "actor_kind", string(e.Actor.Kind), "actor", e.Actor.ID)...)
		}
	}
}

// moves says whether events of a kind are about a request or a grant as a whole.
func moves(kind access.EventKind) bool {
	for _, of := range []string{"request.", "grant.", "decision."} {
		if strings.HasPrefix(string(kind), of) {
			return true
		}
	}
	return false
}
