package doctor

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"airpass/access"
)

const (
	slackToken  = "install the app again (Install App) and give airpass the bot token that is shown: slack.bot_token"
	slackScopes = "take the manifest that airpass setup slack prints (App Manifest), and install the app again"
)

func (d Deployment) slackApp(ctx context.Context) []Finding {
	me, err := d.Slack.Identity(ctx)
	if access.ClassOf(err) == access.Denied {
		return []Finding{wrong("", err.Error(), "airpass cannot work in Slack at all", slackToken)}
	} else if err != nil {
		return []Finding{unanswered("", err, "see whether airpass may reach slack.com")}
	}
	var found []Finding
	if me.Team != d.Team {
		found = append(found, wrong("slack.team", fmt.Sprintf("the token is of the workspace %s (%s), the configuration says %s", me.Team, me.TeamName, d.Team),
			"every click is refused", "correct slack.team, or take the token of the other workspace"))
	}
	missing := without(d.Scopes, me.Scopes)
	if len(me.Scopes) > 0 && len(missing) > 0 {
		found = append(found, wrong("scopes", "missing: "+strings.Join(missing, ", "), "what needs them fails", slackScopes))
	}
	if more := without(me.Scopes, d.Scopes); len(more) > 0 {
		found = append(found, unwise("scopes", "more than airpass uses: "+strings.Join(more, ", "), "whoever has the token may do that too", slackScopes))
	}
	if len(found) == 0 {
		return []Finding{fine(me.Team, "the bot of %s, with the scopes that it needs", me.TeamName)}
	}
	return found
}

// without is what of some is not in others.
func without(some, others []string) []string {
	return slices.DeleteFunc(slices.Clone(some), func(s string) bool { return slices.Contains(others, s) })
}

// slackArrivals: what people do in Slack can come here.
func (d Deployment) slackArrivals(ctx context.Context) []Finding {
	return append(d.delivered(ctx), byHand("slack.command", "Slack has no API that lists an app's commands: that "+d.Command+" is there cannot be seen from here",
		"if it is missing, or called otherwise, Slack itself answers whoever types it, and airpass hears nothing",
		"type "+d.Command+" help in Slack, and airpass answers; else compare the app's page (Slash Commands) with the manifest that airpass setup slack --command "+d.Command+" prints"))
}

// delivered: what is sent here arrives, and is known to be Slack's.
func (d Deployment) delivered(ctx context.Context) []Finding {
	if d.SigningSecret != "" {
		if !signingSecret.MatchString(d.SigningSecret) {
			return []Finding{wrong("slack.signing_secret", "it does not look like a signing secret, which is 32 hexadecimal digits", "whatever Slack sends is refused",
				"copy it anew: Basic Information > App Credentials > Signing Secret, not the client secret and not the verification token")}
		}
		return []Finding{fine("slack.signing_secret", "looks like one; whether Slack signs with it shows at the first click")}
	}
	const token = "make one anew (Basic Information > App-Level Tokens) with the scope connections:write, and write it as slack.app_token"
	const means = "no click and no command arrives"
	switch err := d.Slack.Connects(ctx); access.ClassOf(err) {
	case access.Denied, access.Missing:
		return []Finding{wrong("slack.app_token", err.Error(), means, token)}
	case access.Rejected:
		return []Finding{wrong("slack.app_token", err.Error(), means, "switch Socket Mode on (the app's page, Socket Mode), or write slack.mode: http")}
	default:
		if err != nil {
			return []Finding{unanswered("slack.app_token", err, "see whether airpass may reach slack.com")}
		}
	}
	return []Finding{fine("slack.app_token", "Slack opens connections with it")}
}

// signingSecret is how Slack's signing secrets look.
var signingSecret = regexp.MustCompile(`^[0-9a-f]{32}$`)

func (d Deployment) slackChannels(ctx context.Context) []Finding {
	var found []Finding
	for field, channel := range map[string]string{"slack.admin_channel": d.AdminChannel, "slack.requests_channel": d.RequestsChannel} {
		if channel == "" {
			continue
		}
		switch err := d.Slack.Reads(ctx, channel); access.ClassOf(err) {
		case access.Missing, access.Denied, access.Rejected:
			found = append(found, wrong(field, err.Error(), "nothing can be posted there", "correct the id "+channel+", or invite the app to the channel"))
		default:
			if err != nil {
				found = append(found, unanswered(field, err, "see whether airpass may reach slack.com"))
				continue
			}
			found = append(found, fine(field, "%s can be read and written", channel))
		}
	}
	slices.SortFunc(found, func(a, b Finding) int { return strings.Compare(a.About, b.About) })
	return found
}
