package messages

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"airpass/access"
)

// DriftView is what a look for drift has found, as of one moment.
type DriftView struct {
	Look   access.DriftLook
	Counts map[string]int   // by kind
	First  []access.Finding // some of them, those that were found first
	Reader Printer
}

func (v DriftView) all() (n int) {
	for _, of := range v.Counts {
		n += of
	}
	return n
}

// driftShown is how many findings are shown one by one.
const driftShown = 10

// Drift renders what tells the admin channel what is found; it is updated until nothing is.
func Drift(v DriftView) Rendered {
	c := &card{p: v.Reader}
	headline := c.p.Say(textDriftFound)
	if v.all() == 0 {
		headline = c.p.Say(textDriftGone)
	}
	lines := []string{headline}
	for _, f := range v.First[:min(len(v.First), driftShown)] {
		line := "• `" + f.Kind + "` " + clipEscaped(f.Says, doctorLine)
		line += c.p.driftPlan(f)
		if f.Done != "" {
			line += " " + c.p.Say(textDriftDone, string(f.Done), when(f.DoneAt))
		}
		lines = append(lines, line)
	}
	lines = append(lines, c.p.andMore(v.all()-min(len(v.First), driftShown)))
	if slices.ContainsFunc(v.First, func(f access.Finding) bool { return f.Action == access.RemoveDrift }) {
		lines = append(lines, c.p.Say(textDriftCap))
	}
	c.lines(lines...)
	c.lines(c.p.driftLooked(v))
	return Rendered{Text: bare(headline), Blocks: c.blocks}
}

// driftPlan says which side is wrong and what will be done; nothing of what was found
// before that was kept.
func (p Printer) driftPlan(f access.Finding) string {
	if f.Wrong == "" || f.Action == "" {
		return ""
	}
	side := map[string]string{"okta": "Okta", "aws": "AWS", "grants": p.Say(textDriftGrants)}[f.Wrong]
	switch {
	case f.Action != access.ReportDrift:
		return " – " + p.Say(textDriftWill, side, string(f.Action))
	case f.Proposed != "" && f.Proposed != access.ReportDrift:
		return " – " + p.Say(textDriftSuggest, side, string(f.Proposed))
	}
	return " – " + p.Say(textDriftOnly, side)
}

// driftLine is driftLooked, if somebody has looked.
func (p Printer) driftLine(v *DriftView) string {
	if v == nil {
		return ""
	}
	return p.driftLooked(*v)
}

// driftLooked is a line about the last look.
func (p Printer) driftLooked(v DriftView) string {
	if v.all() == 0 && v.Look.Unknown == 0 {
		return p.Say(textDriftFine, when(v.Look.At))
	}
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(v.Counts)) {
		kinds = append(kinds, strconv.Itoa(v.Counts[kind])+" `"+kind+"`")
	}
	line := p.Say(textDriftLooked, when(v.Look.At), orDash(strings.Join(kinds, ", ")))
	if v.Look.Unknown > 0 {
		line += " " + p.Say(textDriftUnknown, v.Look.Unknown)
	}
	return line
}

// drift loads what the last look has found; nil is that nobody has looked.
func (b *Outbox) drift(ctx context.Context, some int, reader Printer) (*DriftView, error) {
	kept, err := b.o.Store.Setting(ctx, access.DriftSetting)
	if err != nil || kept == "" {
		return nil, err
	}
	v := DriftView{Reader: reader}
	if err := json.Unmarshal([]byte(kept), &v.Look); err != nil {
		return nil, err
	}
	if v.Counts, err = b.o.Store.CountFindings(ctx); err != nil || some == 0 {
		return &v, err
	}
	v.First, err = b.o.Store.OldestFindings(ctx, some)
	return &v, err
}

// renderDrift is what the message to the admin channel shows now.
func (b *Outbox) renderDrift(ctx context.Context, reader Printer) (Rendered, error) {
	v, err := b.drift(ctx, driftShown, reader)
	if err != nil {
		return Rendered{}, err
	}
	if v == nil {
		return Rendered{}, errNothingToShow // it begins with the look that it shows
	}
	return Drift(*v), nil
}
