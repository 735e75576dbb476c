package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/doctor"
	"airpass/outbound"
	"airpass/store"
)

// examineLimit is how long looking at everything may take.
const examineLimit = 15 * time.Minute

// How much of what was found is kept, and how much of it is told in one message.
const (
	ailmentsKept = 200
	ailmentsTold = 10
)

// Examine looks at everything outside as airpass doctor does, behind everybody else who
// calls it, keeps what there is to mend, and tells the admin channel what is new and what is
// mended since the last time.
func (b *Bot) Examine(ctx context.Context) error {
	c := b.works.Load().config
	heard := newEar()
	v, err := newVendorsHeard(c, b.caller, b.now, heard) //nolint:contextcheck // clients are built; they call nobody yet
	if err != nil {
		return err
	}
	d, err := deploymentOf(c, v, heard, b.now, b.store.CheckSchema)
	if err != nil {
		return err
	}
	d.Cuts = b.store.LiveCuts
	d.Receivers = func(ctx context.Context) ([]doctor.Receiver, error) { return receiversIn(ctx, b.store, c) }
	found := doctor.Run(outbound.WithPriority(ctx, outbound.Drift), d.Checks(), nil)
	if err := ctx.Err(); err != nil {
		return err // what was cut short says nothing
	}
	return b.store.Update(ctx, access.System("doctor"), func(tx *store.Tx) error { return diagnose(tx, found, c.Slack.AdminChannel) })
}

// diagnose keeps what was found and tells what has changed.
func diagnose(tx *store.Tx, found []doctor.Finding, channel string) error {
	kept, err := tx.LockSetting(access.DiagnosisSetting)
	if err != nil {
		return err
	}
	var before access.Diagnosis
	if kept != "" {
		if err := json.Unmarshal([]byte(kept), &before); err != nil {
			return fmt.Errorf("%s: %w", access.DiagnosisSetting, err)
		}
	}
	now := access.Diagnosis{At: tx.Now(), Found: ailing(found, before)}
	fresh, mended := without(now.Found, before.Found), without(before.Found, now.Found)
	if len(now.Found) > ailmentsKept {
		now.More, now.Found = len(now.Found)-ailmentsKept, now.Found[:ailmentsKept]
	}
	raw, err := json.Marshal(now)
	if err != nil {
		return err
	}
	if err := tx.SetSetting(access.DiagnosisSetting, string(raw)); err != nil {
		return err
	}
	if channel == "" || len(fresh)+len(mended) == 0 || before.More+now.More > 0 && len(fresh) == 0 {
		return nil
	}
	_, err = tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: channel, State: access.MessageNew, NextAt: tx.Now(), Text: changed(fresh, mended)})
	return err
}

// ailing are the things that are to be mended. What was found before by a check that could
// not look now is still so, as far as is known.
func ailing(found []doctor.Finding, before access.Diagnosis) []access.Ailment {
	all := []access.Ailment{}
	blind := map[string]bool{}
	for _, f := range found {
		if f.Severity == doctor.Fine || f.Severity == doctor.ByHand {
			continue
		}
		blind[f.Check] = blind[f.Check] || f.Severity == doctor.Unknown
		all = append(all, access.Ailment{Check: f.Check, About: f.About, Severity: string(f.Severity), Result: f.Result, Mend: f.Mend})
	}
	for _, old := range before.Found {
		if blind[old.Check] && old.Severity != string(doctor.Unknown) && !slices.ContainsFunc(all, old.Same) {
			all = append(all, old)
		}
	}
	return all
}

// without is what of some is not among others.
func without(some, others []access.Ailment) []access.Ailment {
	return slices.DeleteFunc(slices.Clone(some), func(a access.Ailment) bool { return slices.ContainsFunc(others, a.Same) })
}

// changed tells what is new and what is mended.
func changed(fresh, mended []access.Ailment) string {
	var b strings.Builder
	b.WriteString("airpass doctor looked at everything, and something has changed.\n")
	for i, a := range fresh {
		if i == ailmentsTold {
			fmt.Fprintf(&b, "and %d more; airpass doctor tells all\n", len(fresh)-i)
			break
		}
		fmt.Fprintf(&b, "%s %s: %s. Mend: %s\n", strings.ToUpper(a.Severity), a.Subject(), a.Result, a.Mend)
	}
	for i, a := range mended {
		if i == ailmentsTold {
			fmt.Fprintf(&b, "and %d more are no longer so\n", len(mended)-i)
			break
		}
		fmt.Fprintf(&b, "no longer so: %s\n", a.Subject())
	}
	return b.String()
}
