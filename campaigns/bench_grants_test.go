package campaigns_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/store"
)

// approver has approved all that there is.
var approver = access.Person{OktaID: "00uApprover", Login: "approver@example.com", Name: "Approver", Status: "ACTIVE"}

// grantMany explains all that people have by live grants: one is made as airpass makes it,
// and the others copied from it with their requests, decisions, entitlements and holds. Each
// tenth extends one that has ended.
func grantMany(b *testing.B, st *store.Store, org crowded) {
	b.Helper()
	grantOne(b, st, org.people[0])
	numbers, pad, text := "WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d) ", "printf('%%0%dd', %s)", "(%s)"
	if st.Dialect() == "postgres" {
		numbers, pad, text = "WITH n AS (SELECT generate_series(%d, %d) AS i) ", "lpad((%[2]s)::text, %[1]d, '0')", "(%s)::text"
	}
	person, group := "n.i / 10", fmt.Sprintf(text, "(n.i / 10) % 20 + 20 * (n.i % 10)")
	id, okta := fmt.Sprintf(pad, 26, "n.i"), "'00u' || "+fmt.Sprintf(pad, 17, person)
	target := fmt.Sprintf("'env' || %s || '/Viewer'", group)
	// about has everything in a text be about somebody else and another target.
	about := func(column string) string {
		for _, r := range [][2]string{{"00u00000000000000000", okta}, {"00g0", "'00g' || " + group}, {"arn:set/0", "'arn:set/' || " + group}, {"env0/Viewer", target}, {"person-0", "'person-' || " + fmt.Sprintf(text, person)}} {
			column = "replace(" + column + ", '" + r[0] + "', " + r[1] + ")"
		}
		return column
	}
	extends := fmt.Sprintf("CASE WHEN n.i %% 10 = 0 THEN %s ELSE '' END", fmt.Sprintf(pad, 26, fmt.Sprintf("%d + n.i / 10", manyItems)))
	live, ended := fmt.Sprintf(numbers, 1, manyItems-1), fmt.Sprintf(numbers, manyItems, manyItems+manyItems/10-1)
	request := map[string]string{"id": id, "subject_id": okta, "subject": about("o.subject"), "target_id": target, "target": about("o.target")}
	grant := map[string]string{"id": id, "request_id": id, "subject_id": okta, "subject": about("o.subject"), "target_id": target, "target": about("o.target")}
	with := func(all map[string]string, column, value string) map[string]string {
		more := map[string]string{column: value}
		for c, v := range all {
			if _, is := more[c]; !is {
				more[c] = v
			}
		}
		return more
	}
	decision := map[string]string{"id": id, "request_id": id}
	copyRows(b, st, ended, "requests", request)
	copyRows(b, st, ended, "grants", with(grant, "state", "'ended'"))
	copyRows(b, st, ended, "decisions", decision)
	copyRows(b, st, live, "requests", with(request, "extends", extends))
	copyRows(b, st, live, "grants", grant)
	copyRows(b, st, live, "decisions", decision)
	for _, kind := range []access.Kind{access.OktaMembership, access.AccountAssignment} {
		one := fmt.Sprintf("%s || '%s'", id, kind)
		copyRows(b, st, live, "entitlements WHERE key LIKE '"+string(kind)+"|%'", map[string]string{"id": one, "key": about("o.key"), "ref": about("o.ref")})
		copyRows(b, st, live, "holds WHERE entitlement_id IN (SELECT id FROM entitlements WHERE key LIKE '"+string(kind)+"|%')", map[string]string{"grant_id": id, "entitlement_id": one})
	}
	if st.Dialect() == "postgres" {
		if _, err := st.DB().ExecContext(b.Context(), "VACUUM ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
}

// grantOne gives somebody the first target, as it is when everything is there.
func grantOne(b *testing.B, st *store.Store, p access.Person) {
	b.Helper()
	err := st.Update(b.Context(), access.System("bench"), func(tx *store.Tx) error {
		r, err := tx.CreateRequest(access.Request{Subject: p, Slack: access.SlackUser{Team: "T1", ID: "U1"}, Target: manyOf()[0], Duration: 500 * time.Hour, Reason: "the nightly run",
			State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour)})
		if err != nil {
			return err
		}
		if err := tx.CreateDecision(access.Decision{RequestID: r.ID, Decider: approver, Verdict: access.Approve, ReceivedAt: tx.Now()}); err != nil {
			return err
		}
		r.State = access.RequestApproved
		if r, err = tx.SaveRequest(r); err != nil {
			return err
		}
		_, err = grants.Start(tx, r, "person-0")
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, statement := range []string{
		"UPDATE grants SET state = 'active', active_at = start_at, next_at = end_at",
		"UPDATE entitlements SET origin = 'ours', presence = 'present', ready = TRUE, next_at = NULL",
	} {
		if _, err := st.DB().ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
}

// copyRows copies the oldest row of a table, for each number, with other values in some columns.
func copyRows(b *testing.B, st *store.Store, numbers, table string, other map[string]string) {
	b.Helper()
	name, _, _ := strings.Cut(table, " ")
	rows, err := st.DB().QueryContext(b.Context(), "SELECT * FROM "+name+" LIMIT 0")
	if err != nil {
		b.Fatal(err)
	}
	columns, err := rows.Columns()
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
		b.Fatal(err)
	}
	values := make([]string, len(columns))
	for i, c := range columns {
		if values[i] = "o." + c; other[c] != "" {
			values[i] = other[c]
		}
	}
	query := fmt.Sprintf("%sINSERT INTO %s (%s) SELECT %s FROM n CROSS JOIN (SELECT * FROM %s ORDER BY 1 DESC LIMIT 1) o", numbers, name, strings.Join(columns, ", "), strings.Join(values, ", "), table)
	if _, err := st.DB().ExecContext(b.Context(), query); err != nil {
		b.Fatal(name, err)
	}
}
