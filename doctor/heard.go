package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Heard is what vendors say beside each of their answers.
type Heard struct {
	// Skews say how much the clock of a system is ahead of this machine's, as far as is
	// certain; a system that has not answered is not there.
	Skews map[string]time.Duration
	// Limits are how often Okta lets itself be called.
	Limits []Limit
}

// Limit is how often one part of Okta may be called, by everybody together.
type Limit struct {
	Of         string // "users"
	Most, Left int    // in a minute, and in this one
}

// How far a clock may be off. At five minutes Slack's signatures are refused here, and
// ours by AWS.
const (
	skewUnwise = 15 * time.Second
	skewWrong  = time.Minute
)

// clocks compares the clocks of others with this machine's.
func (d Deployment) clocks(ctx context.Context) []Finding {
	if d.Heard == nil {
		return nil
	}
	d.hear(ctx)
	const means = "access ends too early or too late, and from five minutes on what is signed is refused: by AWS, by Okta, and by airpass itself in HTTP mode"
	const mend = "let the machine's clock be set over the network (NTP, chrony), and see that it is"
	var found []Finding
	skews := d.Heard().Skews
	for _, of := range slices.Sorted(maps.Keys(skews)) {
		off := skews[of]
		ahead := "ahead of"
		if off < 0 {
			off, ahead = -off, "behind"
		}
		said := fmt.Sprintf("its clock is %s %s this machine's", off.Round(time.Second), ahead)
		switch {
		case off >= skewWrong:
			found = append(found, wrong(of, said, means, mend))
		case off >= skewUnwise:
			found = append(found, unwise(of, said, means, mend))
		default:
			found = append(found, fine(of, "its clock and this machine's agree"))
		}
	}
	return found
}

// hear has each system answer once; what is wrong with the answers others tell.
func (d Deployment) hear(ctx context.Context) {
	_, _ = d.Slack.Identity(ctx)
	_, _ = d.Okta.Application(ctx)
	_, _ = d.IdentityCenter.Instances(ctx)
}

// limits compares how often Okta may be called with how often airpass allows itself to,
// and with what others leave of it.
func (d Deployment) limits(ctx context.Context) []Finding {
	if d.Heard == nil {
		return nil
	}
	_, _ = d.Okta.Application(ctx)
	_, _ = d.Okta.ByEmail(ctx, "nobody@airpass.invalid")
	var found []Finding
	for _, l := range d.Heard().Limits {
		switch {
		case l.Left < l.Most/10:
			found = append(found, unwise("Okta "+l.Of, fmt.Sprintf("%d of %d calls a minute are left", l.Left, l.Most),
				"somebody uses them up, and airpass waits", "see in Okta who calls so often (Reports > Rate Limits), or have the limit raised"))
		case d.OktaPerMinute > l.Most/2:
			found = append(found, unwise("Okta "+l.Of, fmt.Sprintf("airpass allows itself %d calls a minute, and Okta %d to everybody together", d.OktaPerMinute, l.Most),
				"in a busy hour it takes from others what they need, sign-in included", fmt.Sprintf("write quotas: {okta_per_minute: %d}", l.Most/2)))
		default:
			found = append(found, fine("Okta "+l.Of, "%d of %d calls a minute are left", l.Left, l.Most))
		}
	}
	if most := 10; d.IdentityCenterPerSecond > most {
		found = append(found, unwise("quotas.identity_center_per_second", fmt.Sprintf("airpass allows itself %d calls a second, and AWS 20 to everybody together", d.IdentityCenterPerSecond),
			"consoles and pipelines that use Identity Center at the same time are throttled", fmt.Sprintf("write %d or less", most)))
	}
	return found
}
