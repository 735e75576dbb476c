package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// columns are described in docs/campaigns.md.
func columns() []string {
	return strings.Fields(`record item target who name okta_id identity_center_user standing through grant request since until approved last_use
		peers peers_of_manager recommended because asked rule fallback state verdict silent keep_until reduce_to lower_request decided_by decided_by_okta_id decided comment
		removal_verified settled exceptions`)
}

// table is a report as a table for spreadsheets: the items, and the signature.
type table struct {
	to io.Writer
	w  *csv.Writer
}

func newTable(w io.Writer) *table { return &table{w, csv.NewWriter(w)} }

func (t *table) begin(summary) error { return t.w.Write(columns()) }
func (*table) exception(row) error   { return nil } // they are in their items
func (*table) removal(row) error     { return nil }

func (t *table) item(r row) error {
	cells := []string{"item", r.Item, r.Target, r.Who, r.Name, r.OktaID, r.Account, strconv.FormatBool(r.Standing), strings.Join(r.Through, "; "), r.Grant, r.Request,
		stamp(r.Since), stamp(r.Until), r.Approved, r.LastUse, strconv.Itoa(r.Peers.Others), strconv.Itoa(r.Peers.OfManager), string(r.Recommended), r.Because,
		strings.Join(r.Asked, "; "), r.Rule, strconv.FormatBool(r.Fallback), string(r.State), string(r.Verdict), strconv.FormatBool(r.Silent), stamp(r.KeepUntil), r.ReduceTo, r.Lower,
		r.Decider, r.DeciderID, stamp(r.Decided), r.Comment, stamp(r.Gone), stamp(r.Settled), strings.Join(r.Exceptions, "; ")}
	for i, cell := range cells {
		cells[i] = harmless(cell)
	}
	return t.w.Write(cells)
}

func (t *table) end() error {
	t.w.Flush()
	return t.w.Error()
}

func (t *table) sign(token string) error {
	around := lastLines()[CSV]
	_, err := io.WriteString(t.to, around.before+token+around.after)
	return err
}

// harmless keeps a spreadsheet from taking what somebody has written for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
