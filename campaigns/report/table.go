package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// columns are described in docs/campaigns.md. Rows of one sort are found by the first of them;
// each sort has its own ones filled.
func columns() []string {
	return strings.Fields(`record item what value target who name okta_id identity_center_user standing through grant request reason since until approved besides last_use
		peers peers_of_manager recommended because asked asked_okta_ids rule fallback passed state verdict silent keep_until reduce_to lower_request decided_by decided_by_okta_id decided comment
		removal_verified settled exceptions erased
		items_asked items_open items_silent items_passed_on items_decided items_kept items_revoked items_reduced items_against_recommendation items_with_comment times_told first_decision last_decision`)
}

// table is a report as a table for spreadsheets: what it says of the occurrence as a whole, its
// exceptions, the items, how it is verified, and the signature.
type table struct {
	to io.Writer
	w  *csv.Writer
	s  summary
	at map[string]int // of columns, by their names
}

func newTable(w io.Writer) *table {
	t := &table{to: w, w: csv.NewWriter(w), at: map[string]int{}}
	for n, name := range columns() {
		t.at[name] = n
	}
	return t
}

// cells are some cells of a row, by the names of their columns.
type cells map[string]string

func (t *table) write(record string, some cells) error {
	line := make([]string, len(t.at))
	line[0] = record
	for name, text := range some {
		line[t.at[name]] = harmless(text)
	}
	return t.w.Write(line)
}

// tell writes rows that have a name and a value.
func (t *table) tell(record string, all []told) error {
	for _, one := range all {
		if err := t.write(record, cells{"what": one.what, "value": one.value}); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) begin(s summary) error {
	t.s = s
	err := t.w.Write(columns())
	for _, part := range []struct {
		record string
		told   []told
	}{{"report", s.course()}, {"scope", s.scope()}, {"population", s.population()}, {"result", s.Results.told()}} {
		if err == nil {
			err = t.tell(part.record, part.told)
		}
	}
	for _, r := range s.Reviewers {
		if err == nil {
			err = t.reviewer(r)
		}
	}
	for _, words := range s.Exceptions {
		if err == nil {
			err = t.write("exception", cells{"value": words})
		}
	}
	return err
}

func (t *table) reviewer(r reviewer) error {
	return t.write("reviewer", cells{"who": r.Who, "okta_id": r.OktaID, "items_asked": strconv.Itoa(r.Asked), "items_open": strconv.Itoa(r.Open), "items_silent": strconv.Itoa(r.Silent), "items_passed_on": strconv.Itoa(r.PassedOn), "items_decided": strconv.Itoa(r.Decided),
		"items_kept": strconv.Itoa(r.Kept), "items_revoked": strconv.Itoa(r.Revoked), "items_reduced": strconv.Itoa(r.Reduced), "items_against_recommendation": strconv.Itoa(r.Against),
		"items_with_comment": strconv.Itoa(r.Commented), "times_told": strconv.Itoa(r.Told), "first_decision": stamp(r.First), "last_decision": stamp(r.Last)})
}

// exception writes each exception of an item in a row of its own, so that they can be filtered.
func (t *table) exception(r row) error {
	for _, words := range r.Exceptions {
		if err := t.write("exception", cells{"item": r.Item, "value": words, "target": r.Target, "who": r.Who, "okta_id": r.OktaID, "identity_center_user": r.Account}); err != nil {
			return err
		}
	}
	return nil
}

func (*table) removal(row) error { return nil } // they are in their items

func (t *table) item(r row) error {
	var passed []string
	for _, p := range r.Passed {
		passed = append(passed, p.Words())
	}
	var besides []string
	for _, b := range r.Besides {
		besides = append(besides, b.Words())
	}
	return t.write("item", cells{"item": r.Item, "target": r.Target, "who": r.Who, "name": r.Name, "okta_id": r.OktaID, "identity_center_user": r.Account,
		"standing": strconv.FormatBool(r.Standing), "through": list(r.Through), "grant": r.Grant, "request": r.Request, "reason": r.Reason, "since": stamp(r.Since), "until": stamp(r.Until),
		"approved": r.Approved, "besides": list(besides), "last_use": r.LastUse, "peers": strconv.Itoa(r.Peers.Others), "peers_of_manager": strconv.Itoa(r.Peers.OfManager),
		"recommended": string(r.Recommended), "because": r.Because, "asked": list(r.Asked), "asked_okta_ids": list(r.AskedIDs), "rule": r.Rule, "fallback": strconv.FormatBool(r.Fallback), "passed": list(passed),
		"state": string(r.State), "verdict": string(r.Verdict), "silent": strconv.FormatBool(r.Silent), "keep_until": stamp(r.KeepUntil), "reduce_to": r.ReduceTo, "lower_request": r.Lower,
		"decided_by": r.Decider, "decided_by_okta_id": r.DeciderID, "decided": stamp(r.Decided), "comment": r.Comment,
		"removal_verified": stamp(r.Gone), "settled": stamp(r.Settled), "exceptions": list(r.Exceptions), "erased": list(r.Erased)})
}

func (t *table) end() error {
	err := t.tell("trail", t.s.Trail.told())
	if err == nil {
		err = t.tell("verify", []told{{"command", t.s.Verify}})
	}
	t.w.Flush()
	if err == nil {
		err = t.w.Error()
	}
	return err
}

func (t *table) sign(token string) error {
	around := lastLines()[CSV]
	_, err := io.WriteString(t.to, around.before+token+around.after)
	return err
}

// list joins several in one cell.
func list(all []string) string { return strings.Join(all, "; ") }

// harmless keeps a spreadsheet from taking what somebody has written for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
