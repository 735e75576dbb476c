package messages

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// View is everything a message about a request shows, as of one moment.
type View struct {
	Request access.Request
	// Grant is what the request became; HasGrant is false when it did not (yet).
	Grant    access.Grant
	HasGrant bool
	// Entitlements are what the grant holds, in the order in which they are granted.
	Entitlements []access.Entitlement
	Decisions    []access.Decision
	// Questions were asked about it by those who decide, the oldest first.
	Questions []access.Query
	// Review is owed, or was given, of access that was taken at once; the zero review if it
	// was not.
	Review access.Review
	// Extended is the grant that the request makes longer, and Extension the one that makes
	// its own grant longer; the zero grant if there is none.
	Extended, Extension access.Grant
	// Held are the grants that the requester has now, and Past the newest of this target, for
	// those who decide.
	Held, Past []access.Grant
	// Namesakes are others who are called like the requester, while the request or its review
	// waits.
	Namesakes []access.Person
	// MoreTime says whether the grant can be made longer, as far as its target bounds that.
	MoreTime bool
	Link     string // the login link of an active grant; empty if there is none
	Cuts     bool   // who reads it may cut sessions
	Instant  bool   // the link of an active grant is made when its button is clicked
	Overdue  bool   // something should have been taken away and was not
	Command  string // the slash command, for "ask again with …"
	// Reader speaks the language of who reads it; the zero value speaks English.
	Reader Printer
}

// Rendered is a message in Slack's form.
type Rendered struct {
	Text   string // the fallback, for notifications and screen readers; escaped
	Blocks []slack.Block
	// Again is when the same state will read differently; zero is never.
	Again time.Time
}

// mark tells what a message looks like from anything else it may look like, with the count
// of the changes that are shown: a version of airpass that does not know of marks counts
// further, and leaves the mark as it was.
func (r Rendered) mark(shown int64) string {
	blocks, err := json.Marshal(r.Blocks)
	if err != nil { // then Slack's client will say so
		return ""
	}
	digest := sha256.Sum256(append(blocks, r.Text...))
	return fmt.Sprintf("%d:%s", shown, hex.EncodeToString(digest[:16]))
}

// linked says whether it has the login link.
func (r Rendered) linked() bool {
	for _, block := range r.Blocks {
		actions, is := block.(*slack.ActionBlock)
		if !is || actions.Elements == nil {
			continue
		}
		for _, e := range actions.Elements.ElementSet {
			if button, is := e.(*slack.ButtonBlockElement); is && (button.ActionID == ActionOpen || button.ActionID == ActionLogin) {
				return true
			}
		}
	}
	return false
}

// opens says whether there is something that a button can open.
func (v View) opens() bool { return v.Instant || v.Link != "" && sound(v.Link) }

// busyWait is for how long the link of an environment that is being updated is
// held back before it is shown with a warning.
const busyWait = 5 * time.Minute

// Of renders the message of a kind. For kinds that only carry words it is Notice
// of those words.
func Of(kind access.MessageKind, v View, words string, now time.Time) Rendered {
	switch kind {
	case access.RequesterCard:
		return Requester(v, now)
	case access.ApproverCard:
		return Approver(v, now)
	case access.Reminder:
		return Reminder(v, now)
	case access.ReviewCard:
		return Review(v, now)
	case access.ChannelCard:
		return Channel(v, now)
	}
	return Notice(words)
}

// Notice renders words that stand alone and are never updated. The words are shown
// as they are: no markup, no mentions.
func Notice(words string) Rendered {
	text := clipEscaped(strings.TrimSpace(words), sectionText)
	if text == "" {
		text = "–" // Slack refuses a message without text
	}
	return Rendered{Text: text, Blocks: []slack.Block{plainSection(words)}}
}
