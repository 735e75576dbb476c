package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/store"
)

type traceCommand struct {
	configured
	grantArgument
	JSON bool `name:"json" help:"One JSON object a line."`
}

// Help is shown by --help.
func (traceCommand) Help() string {
	return `Every event of the trail about the grant, its request, and what it holds. For example:

    airpass audit trace 06h124ciiipdm8de9d5gvdtsh0

A call to Okta is found in its System Log by debugContext.debugData.requestId, one to AWS in CloudTrail by requestID.`
}

// Run tells the life of a grant.
func (c traceCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		g, gone, err := op.Store.Traced(ctx, c.Grant)
		if err != nil {
			return err
		}
		if gone {
			_, _ = fmt.Fprintln(s.err, "The rows of this grant are gone, as retention deletes what is over; this is what the audit trail has of it.")
		}
		if c.JSON {
			enc := json.NewEncoder(s.out)
			return op.Store.TraceGrant(ctx, g, func(e store.Recorded) error { return enc.Encode(e) })
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "EVENT\tAT\tWHAT\tBY\tDETAILS")
		err = op.Store.TraceGrant(ctx, g, func(e store.Recorded) error {
			_, err := fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", e.Seq, when(e.At), e.Kind, printable(by(e.Actor)), printable(detailsOf(e)))
			return err
		})
		if err != nil {
			return err
		}
		return w.Flush()
	})
}

func by(a access.Actor) string {
	if a.Name == "" {
		return a.ID
	}
	return a.Name + " (" + a.ID + ")"
}

// detailsOf is what is worth reading of an event; where it is a call to a vendor, how it
// is found there.
func detailsOf(e store.Recorded) string {
	f := e.Facts
	if e.Kind == "call.made" {
		words := f["vendor"] + " " + f["operation"] + ": " + f["result"]
		switch {
		case f["vendor_call"] == "":
			return words + "; no answer has told an id"
		case f["vendor"] == "okta":
			return words + `; System Log: debugContext.debugData.requestId eq "` + f["vendor_call"] + `"`
		}
		return words + "; CloudTrail: requestID " + f["vendor_call"]
	}
	var parts []string
	if e.Ref != "" {
		parts = append(parts, e.Ref)
	}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if name != "holds" && f[name] != "" {
			parts = append(parts, name+"="+f[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Personal)) {
		if e.Personal[name] != "" {
			parts = append(parts, fmt.Sprintf("%s=%q", name, e.Personal[name]))
		}
	}
	return strings.Join(parts, " ")
}
