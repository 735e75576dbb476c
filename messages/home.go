package messages

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/store"
)

// pageOf is how many entries of a part a page of the Home tab has: with their buttons and
// headings all parts fit the 100 blocks that a view may have.
// See https://docs.slack.dev/reference/views/home-tab-views.
const pageOf = 10

// Part is one page of a part of the Home tab.
type Part struct {
	Name  string // access.PartAccess, …
	Page  int
	Older bool // there is a page after it
	Views []View
}

// HomeView is everything that a Home tab shows, as of one moment.
type HomeView struct {
	Refused                   string // why airpass does not serve this person; empty if it does
	Access, Waiting, Requests Part
	Owed                      Owed
	Alike                     [][]access.Request // of those that wait, what can be approved together
	Paused                    bool
	Command                   string
	Reader                    Printer
	Admin                     *Affairs // nil for whoever does not run airpass
}

// Affairs are what those who run airpass look at.
type Affairs struct {
	Overdue []access.Entitlement
	Failed  []access.Grant // lately, the newest first
	// Live are grants whose sessions can be cut, the newest first; none where that is not set
	// up. Cuts are those that are under way, or hold.
	Live []access.Grant
	Cuts []access.Cut
	// Doctor is what was found when everything outside was looked at last; nil is that nobody has.
	Doctor *access.Diagnosis
	// Drift is what a look for drift has found last, without the findings; nil is that nobody has.
	Drift *DriftView
	// Campaigns are those that take place, or have lately.
	Campaigns []Progress
}

// Home renders somebody's Home tab.
func Home(h HomeView, now time.Time) Rendered {
	c := &card{p: h.Reader}
	if h.Refused != "" {
		c.blocks = append(c.blocks, plainSection(h.Refused))
		return Rendered{Text: c.p.Say(textHomeTitle), Blocks: c.blocks}
	}
	c.buttons(button(ActionAsk, access.PartRequests, c.p.Say(textHomeAsk), slack.StylePrimary))
	if h.Paused {
		c.lines(c.p.Say(textPaused))
	}
	c.lines("*" + c.p.Say(textMyAccess) + "*")
	c.access(Overview{Access: h.Access.Views, Command: h.Command}, now, c.p.extendButton, c.p.giveBackButton)
	c.turn(h.Access)
	c.owed(h.Owed, now)
	c.lines("*" + c.p.Say(textWaitingForMe) + "*")
	c.together(h.Alike)
	for _, v := range h.Waiting.Views {
		c.lines(c.p.asksFor(v, now), c.p.lastSaid(v))
		c.buttons(c.p.verdicts(v.Request)...)
	}
	if len(h.Waiting.Views) == 0 {
		c.lines(c.p.Say(textNothingWaits))
	}
	c.turn(h.Waiting)
	c.lines("*" + c.p.Say(textMyRequests) + "*")
	c.requests(Overview{Requests: h.Requests.Views, Command: h.Command})
	c.turn(h.Requests)
	c.affairs(h.Admin, now)
	return Rendered{Text: c.p.Say(textHomeTitle), Blocks: c.blocks, Again: sooner(sooner(againFor(h.Access.Views, now), againForOwed(h.Owed, now)), againForCampaigns(h.Admin, now))}
}

// turn adds the buttons that turn a page, where there is another.
func (c *card) turn(p Part) {
	var buttons []slack.BlockElement
	if p.Page > 0 {
		buttons = append(buttons, button(ActionNewer, fmt.Sprintf("%s-%d", p.Name, p.Page-1), c.p.Say(textNewer), slack.StyleDefault))
	}
	if p.Older && p.Page < access.MaxPage {
		buttons = append(buttons, button(ActionOlder, fmt.Sprintf("%s-%d", p.Name, p.Page+1), c.p.Say(textOlder), slack.StyleDefault))
	}
	if len(buttons) > 0 {
		c.buttons(buttons...)
	}
}

func (c *card) affairs(a *Affairs, now time.Time) {
	if a == nil {
		return
	}
	lines := []string{"*" + c.p.Say(textForAdmins) + "*"}
	for _, e := range a.Overdue[:min(len(a.Overdue), pageOf)] {
		lines = append(lines, c.p.overdueLine(e))
	}
	for _, g := range a.Failed {
		lines = append(lines, "❌ "+c.p.whose(g.Subject)+": "+c.p.what(g.Target)+". "+c.p.whyEnded(g))
	}
	if len(a.Overdue)+len(a.Failed) == 0 {
		lines = append(lines, c.p.Say(textNothingWrong))
	}
	c.lines(append(lines, c.p.andMore(len(a.Overdue)-pageOf))...)
	c.cuts(a.Cuts)
	c.lines(append(c.p.doctor(a.Doctor), c.p.driftLine(a.Drift))...)
	c.campaigns(a.Campaigns, now)
	if len(a.Live) == 0 {
		return
	}
	c.lines("*" + c.p.Say(textLiveNow) + "*")
	for _, g := range a.Live {
		c.lines(c.p.whose(g.Subject) + ": " + c.p.what(g.Target) + ". " + c.p.until(g))
		c.buttons(button(ActionCut, g.RequestID, c.p.Say(textCut), slack.StyleDanger))
	}
}

// doctorShown is how much of what doctor has found is shown.
const doctorShown = 5

func (p Printer) doctor(d *access.Diagnosis) []string {
	switch {
	case d == nil:
		return nil
	case len(d.Found) == 0:
		return []string{p.Say(textDoctorFine, when(d.At))}
	}
	lines := []string{p.Say(textDoctorFound, when(d.At))}
	for _, a := range d.Found[:min(len(d.Found), doctorShown)] {
		lines = append(lines, "• "+clipEscaped(a.Severity+" – "+a.Subject()+": "+a.Result, doctorLine))
	}
	return append(lines, p.andMore(len(d.Found)+d.More-doctorShown))
}

// doctorLine is how much of one of them.
const doctorLine = 300

// againFor is when the time left of what somebody has reads differently: each hour, and
// near the end each quarter.
func againFor(held []View, now time.Time) time.Time {
	var again time.Time
	for _, v := range held {
		if v.Grant.State != access.GrantActive || !now.Before(v.Grant.EndAt) {
			continue
		}
		step := time.Hour
		if v.Grant.EndAt.Sub(now) <= time.Hour {
			step = 15 * time.Minute
		}
		again = sooner(again, now.Add(step))
	}
	return again
}

// home loads what somebody's Home tab shows.
func (b *Outbox) home(ctx context.Context, slackID string, reader Printer) (v HomeView, err error) {
	v.Reader = reader
	h, found, err := b.o.Store.Home(ctx, slackID)
	if err != nil || !found || h.Refused != "" {
		v.Refused = h.Refused
		if err == nil && v.Refused == "" {
			v.Refused = reader.Say(textHomeAnew)
		}
		return v, err
	}
	v.Command = b.o.Command
	grants, _, err := b.accessOf(ctx, store.GrantFilter{Subject: h.OktaID, Live: true, Limit: mostLooked}, mostLooked)
	if err != nil {
		return v, err
	}
	v.Access = partOf(access.PartAccess, h.Pages, grants)
	waiting, err := b.o.Store.WaitingFor(ctx, slackID, h.OktaID)
	if err != nil {
		return v, err
	}
	if v.Waiting, err = b.page(ctx, access.PartWaiting, h.Pages, waiting); err != nil {
		return v, err
	}
	if v.Alike, err = b.alike(ctx, waiting); err != nil {
		return v, err
	}
	requests, err := b.o.Store.Requests(ctx, store.RequestFilter{Subject: h.OktaID, Limit: (access.MaxPage + 1) * pageOf})
	if err != nil {
		return v, err
	}
	var ids []string
	for _, r := range requests {
		ids = append(ids, r.ID)
	}
	if v.Requests, err = b.page(ctx, access.PartRequests, h.Pages, ids); err != nil {
		return v, err
	}
	if b.o.Paused != nil {
		if v.Paused, err = b.o.Paused(ctx); err != nil {
			return v, err
		}
	}
	admin := h.Admin && b.o.Admin != nil && b.o.Admin(h.Login)
	if v.Owed, err = b.owedBy(ctx, h, admin); err == nil && admin {
		v.Admin, err = b.affairs(ctx)
	}
	return v, err
}

func (b *Outbox) affairs(ctx context.Context) (*Affairs, error) {
	var a Affairs
	var err error
	if a.Overdue, err = b.o.Store.Overdue(ctx, b.o.Now(), b.o.OverdueAfter); err != nil {
		return nil, err
	}
	if a.Doctor, err = b.diagnosis(ctx); err != nil {
		return nil, err
	}
	if a.Drift, err = b.drift(ctx, 0, Printer{}); err != nil {
		return nil, err
	}
	if a.Campaigns, err = b.progressOf(ctx); err != nil {
		return nil, err
	}
	if a.Failed, err = b.o.Store.FailedGrants(ctx, b.o.Now().Add(-7*24*time.Hour), pageOf); err != nil || !b.o.Cuts {
		return &a, err
	}
	if a.Cuts, err = b.o.Store.LiveCuts(ctx); err != nil {
		return &a, err
	}
	a.Live, err = b.cuttable(ctx, a.Cuts)
	return &a, err
}

// diagnosis is what doctor found last, if it has looked by itself.
func (b *Outbox) diagnosis(ctx context.Context) (*access.Diagnosis, error) {
	kept, err := b.o.Store.Setting(ctx, access.DiagnosisSetting)
	if err != nil || kept == "" {
		return nil, err
	}
	var d access.Diagnosis
	return &d, json.Unmarshal([]byte(kept), &d)
}

// liveShown is how many grants are offered to be cut: what is older is cut at the command
// line, or on its card.
const liveShown = 4

// cuttable are the newest live grants whose sessions are not cut yet.
func (b *Outbox) cuttable(ctx context.Context, cuts []access.Cut) ([]access.Grant, error) {
	live, err := b.o.Store.Grants(ctx, store.GrantFilter{Live: true, Limit: mostLooked})
	live = slices.DeleteFunc(live, func(g access.Grant) bool {
		return g.Person == "" || g.State == access.GrantScheduled || slices.ContainsFunc(cuts, func(c access.Cut) bool {
			return c.Subject.OktaID == g.Subject.OktaID && c.Target.PermissionSet == g.Target.PermissionSet
		})
	})
	return live[:min(len(live), liveShown)], err
}

// partOf is the page of a part that is turned to, or the last that there is.
func partOf[T any](name string, pages map[string]int, all []T) Part {
	p := Part{Name: name, Page: min(pages[name], max(len(all)-1, 0)/pageOf)}
	p.Older = len(all) > (p.Page+1)*pageOf
	if views, are := any(all).([]View); are {
		p.Views = views[p.Page*pageOf : min(len(views), (p.Page+1)*pageOf)]
	}
	return p
}

// page loads the page of a part that is turned to.
func (b *Outbox) page(ctx context.Context, name string, pages map[string]int, ids []string) (Part, error) {
	p := partOf(name, pages, ids)
	var err error
	p.Views, err = b.views(ctx, ids[p.Page*pageOf:min(len(ids), (p.Page+1)*pageOf)])
	return p, err
}
