package messages

import (
	"strings"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// MaxBulk is how many requests can be approved together: as many as a person reads.
const MaxBulk = 10

// How many of the oldest requests that wait are looked at for others like them, and how many
// groups of them are offered.
const (
	bulkLooked = 50
	bulkGroups = 3
)

// Alike puts requests together that can be approved together: of the same target and
// duration, with nothing that those who decide should think of, and with one approval
// missing. A group has at least two.
func Alike(waiting []access.Request, now time.Time) [][]access.Request {
	type sort struct {
		target string
		length time.Duration
	}
	at := map[sort]int{}
	var groups [][]access.Request
	for _, r := range waiting {
		if !harmless(r, now) || !lastMissing(r) {
			continue
		}
		of := sort{r.Target.ID, r.Duration}
		i, known := at[of]
		if !known {
			i = len(groups)
			at[of], groups = i, append(groups, nil)
		}
		if len(groups[i]) < MaxBulk {
			groups[i] = append(groups[i], r)
		}
	}
	var alike [][]access.Request
	for _, g := range groups {
		if len(g) > 1 && len(alike) < bulkGroups {
			alike = append(alike, g)
		}
	}
	return alike
}

// harmless says that a card has no note about a request that somebody should read by itself.
func harmless(r access.Request, now time.Time) bool {
	if h := r.Target.Hours; h != nil && !h.Within(now) {
		return false
	}
	return r.State == access.RequestPending && len(Printer{}.risks(r)) == 0 && len(r.Target.SharesWith) == 0 && !r.NewAccount && r.Extends == "" &&
		r.StartAt.IsZero() && len(r.Course.Broken) == 0
}

// lastMissing says that one more yes suffices.
func lastMissing(r access.Request) bool {
	c := r.Needed()
	return !c.AnyOrder && c.Tally.Stage == len(c.Stages)-1 && c.Tally.Need-c.Tally.Have == 1
}

// together offers to approve requests that are alike; which they are is said before.
func (c *card) together(groups [][]access.Request) {
	for _, g := range groups {
		c.lines(c.p.alikeLine(g))
		c.buttons(button(ActionTogether, idsOf(g), c.p.Say(textTogether), slack.StyleDefault))
	}
}

func idsOf(requests []access.Request) string {
	ids := make([]string, 0, len(requests))
	for _, r := range requests {
		ids = append(ids, r.ID)
	}
	return strings.Join(ids, ",")
}

// TogetherForm asks once more before requests are approved together: it lists them. Each is
// judged by itself.
func TogetherForm(p Printer, requests []access.Request) slack.ModalViewRequest {
	blocks := []slack.Block{section(p.togetherSays(requests))}
	for _, r := range requests {
		blocks = append(blocks, plainSection(reasonOf(p.plainly(r.Subject)+" ("+clip(r.Subject.Login, 120)+"), "+p.Spell(r.Duration), clip(r.Reason, 500))))
	}
	m := p.modal(CallbackTogether, p.Say(textTogetherTitle), p.Say(textTogetherYes), blocks...)
	m.PrivateMetadata = idsOf(requests)
	return m
}
