package access

import (
	"slices"
	"time"
)

// Hours are working hours by the clock of a zone.
type Hours struct {
	Zone string `json:"zone"` // IANA
	// From and To are minutes since midnight, From included and To not.
	From int            `json:"from"`
	To   int            `json:"to"`
	Days []time.Weekday `json:"days"`
}

// Within says whether a moment is in the hours: what the clock on the wall says then, in
// summer and in winter. Where the zone is not known nothing is.
func (h Hours) Within(t time.Time) bool {
	zone, err := time.LoadLocation(h.Zone)
	if err != nil {
		return false
	}
	local := t.In(zone)
	minute := local.Hour()*60 + local.Minute()
	return slices.Contains(h.Days, local.Weekday()) && minute >= h.From && minute < h.To
}

// Next is the first moment after t at which hours begin or end; zero if the zone is not
// known or there are no days.
func (h Hours) Next(t time.Time) time.Time {
	zone, err := time.LoadLocation(h.Zone)
	if err != nil {
		return time.Time{}
	}
	local := t.In(zone)
	for day := range 8 {
		for _, minute := range []int{h.From, h.To} {
			// A time that the clocks skip is the moment at which they do.
			at := time.Date(local.Year(), local.Month(), local.Day()+day, 0, minute, 0, 0, zone)
			if at.After(t) && h.Within(at) != h.Within(at.Add(-time.Minute)) {
				return at
			}
		}
	}
	return time.Time{}
}
