package bot

import (
	"context"
	"log/slog"
	"maps"
	"time"

	"airpass/access"
	"airpass/outbound"
	"airpass/store"
)

// recordFor is how long writing down a call may take, wall time: who made it waits.
const recordFor = 5 * time.Second

// recordCall has a call that changes something outside in the audit trail, with the
// id by which the vendor's own log knows it. It is a transaction of its own, right after
// the call: what came of the call is judged later, and only if the process lives. A call
// after which the database is away, or the process dies, is missing; the intent that
// was written before it is not.
func recordCall(ctx context.Context, st *store.Store, made outbound.Call) error {
	record, stop := context.WithTimeout(context.WithoutCancel(ctx), recordFor)
	defer stop()
	cause := outbound.CauseOf(ctx)
	if cause.Actor.Kind == "" {
		cause.Actor = access.System("outbound")
	}
	return st.Update(record, cause.Actor, func(tx *store.Tx) error {
		tx.Record(callEvent(cause, made))
		return nil
	})
}

// recordCalls is recordCall for all calls; of one that is missing the log tells.
func recordCalls(st *store.Store, log *slog.Logger) func(context.Context, outbound.Call) {
	return func(ctx context.Context, made outbound.Call) {
		if err := recordCall(ctx, st, made); err != nil {
			log.ErrorContext(ctx, "a call that changed something is missing in the audit trail", "vendor", made.Site.Vendor, "operation", made.Site.Name,
				"vendor_call", made.RequestID, "result", access.Result(made.Err), "err", err)
		}
	}
}

// callEvent says of a call what is not personal.
func callEvent(cause outbound.Cause, made outbound.Call) access.Event {
	facts := map[string]string{"vendor": string(made.Site.Vendor), "operation": made.Site.Name, "result": access.Result(made.Err)}
	if id := made.RequestID; id != "" {
		facts["vendor_call"] = id
	}
	maps.Copy(facts, cause.Facts)
	return access.Event{Kind: "call.made", Request: cause.Request, Grant: cause.Grant, Ref: cause.Ref, Facts: facts}
}
