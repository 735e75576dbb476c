package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"airpass/access"
)

// tellings are the messages to a reviewer of which the trail has that they were sent.
type tellings struct {
	n     int  // how many
	times int  // how often they had been sent one by the last of them, as it says itself
	less  bool // one says that it was less often than the one before
}

// and is with one more, by which they were sent so many.
func (t tellings) and(times string) tellings {
	n, err := strconv.Atoi(times)
	return tellings{t.n + 1, n, t.less || err != nil || n <= t.times}
}

// toldDiffer says of whom the rows say that they were told less often than the trail does: what
// sends a message counts it, in every version.
func (t *trail) toldDiffer(asked []access.CampaignReviewer) (differs []string) {
	stored := map[string]int{}
	for _, r := range asked {
		stored[r.Person.OktaID] = r.Reminders
	}
	var ids []string
	for id, told := range t.told {
		if told.less || told.times > stored[id] || told.n > stored[id] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		differs = append(differs, "how often "+id+" was told")
	}
	return differs
}

// untold says of whom the rows say that they were told more often than the trail does, in words.
// An earlier version that runs beside this one, while replicas are replaced or after going back,
// counts in the row alone; so does whoever edits the row, and nothing that is sealed says which of
// the two it was. What an earlier version has opened is not asked about.
func (t *trail) untold(asked []access.CampaignReviewer) string {
	if _, is := t.opened.facts["found_by"]; !is {
		return ""
	}
	var all []string
	for _, r := range asked {
		if n := t.told[r.Person.OktaID].n; n < r.Reminders {
			all = append(all, fmt.Sprintf("%s: %d of %d", r.Person.OktaID, n, r.Reminders))
		}
	}
	if len(all) == 0 {
		return ""
	}
	slices.Sort(all)
	return fmt.Sprintf("the audit trail does not have each message that is counted of reviewers (%s): an earlier version of airpass has sent the others, or the count was changed past airpass; if no earlier version has run since event %d, it was changed",
		strings.Join(all, ", "), t.opened.seq)
}
