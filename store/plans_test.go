package store_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// sorts are the queries that sort what they find before they take the first of it, with what
// keeps that small: else each page of many would be sorted out of all of them, which is
// quadratic, and not seen before there are many.
var sorts = map[string]string{
	"CampaignItemsDecidedBy": "what one person has said and may take back",
	"CampaignItemsPassedBy":  "what one person has others asked about, and may take back",
	"DeleteLoneMessages":     "the messages of one request",
	"DueAnchors":             "a row for each place that keeps heads of the trail",
	"GrantEndedEvent":        "the events of one grant",
	"GrantFirstEvent":        "the events of one grant",
	"GrantsHolding":          "the grants of one person that hold the same",
	"LastOccurrence":         "the occurrences of one campaign",
	"LiveCutOf":              "the cuts of one person",
	"OldestDueAnchor":        "a row for each place that keeps heads of the trail",
	"OldestFindings":         "what differs, once for each thing; no page but the first is asked for",
	"PeopleAlike":            "people who are called the same",
	"UndecidedWithout":       "what one person has decided",
	"WaitingOf":              "the requests of one person",
}

// finds are queries that have several indexes to choose from, and the one by which SQLite is to
// find the rows: nothing tells it how many there are of what, so that another index may make it
// look at everything that an occurrence asks about.
var finds = map[string]string{
	"CampaignItems":          "campaign_items_pages",
	"CampaignItemsAbout":     "campaign_items_subject",
	"CampaignItemsDecidedBy": "campaign_items_decider",
	"CampaignItemIDsOfPanel": "campaign_items_panel",
	"CampaignItemsCalled":    "campaign_items_called",
	"CampaignItemsFor":       "campaign_items_panel",
	"CountCampaignItemsFor":  "campaign_items_panel",
	"DueCampaignItems":       "campaign_items_next",
	"EraseItemDecider":       "campaign_items_decider",
	"CampaignItemsPassedBy":  "campaign_items_passed",
	"CountUnansweredOf":      "campaign_items_unanswered",
	"KnownAs":                "campaign_items_decider",
	"LiveItem":               "campaign_items_subject",
	"NextCampaignItem":       "campaign_items_next",
	"OpenCampaignItems":      "campaign_items_open",
	"UnsettledBy":            "campaign_items_decider",
}

func TestNoPageIsSortedOutOfEverything(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		all := queriesOf(t)
		for name := range sorts {
			if all[name] == "" {
				t.Errorf("there is no query %s", name)
			}
		}
		for name, query := range all {
			if !strings.Contains(query, "ORDER BY") || !strings.Contains(query, "LIMIT") {
				continue
			}
			plan := w.plan(name, query)
			// What is in order but for those that are due at the same moment is no page of everything.
			sorted := strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") || strings.Contains(plan, "TEMP B-TREE FOR DISTINCT") || regexp.MustCompile(`(?m)^\s*(->\s+)?Sort  \(`).MatchString(plan)
			if _, known := sorts[name]; sorted && !known {
				t.Errorf("no index has what %s asks for in its order:\n%s\n%s", name, query, plan)
			}
		}
	})
}

func TestSQLiteFindsItemsByTheIndexThatIsMadeForIt(t *testing.T) {
	t.Parallel()
	onSQLite(t, func(t *testing.T, w *world) { // PostgreSQL counts what there is, and chooses by that
		all := queriesOf(t)
		for name, index := range finds {
			if plan := w.plan(name, all[name]); !strings.Contains(plan, index+" (") {
				t.Errorf("%s is to find by %s:\n%s", name, index, plan)
			}
		}
	})
}

// queriesOf are the queries of query.sql as they are run, by name.
func queriesOf(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "db/query.sql.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, d := range file.Decls {
		g, is := d.(*ast.GenDecl)
		if !is || g.Tok != token.CONST {
			continue
		}
		query, err := strconv.Unquote(g.Specs[0].(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.Fields(query)[2]] = query
	}
	return all
}

// plan is how the database answers a query. PostgreSQL, for which nothing is worth an index as
// long as there is nothing, is asked how it would if there were much.
func (w *world) plan(name, query string) string {
	w.t.Helper()
	conn, err := w.DB().Conn(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	explain, args := "EXPLAIN QUERY PLAN "+query, 0
	for strings.Contains(query, "$"+strconv.Itoa(args+1)) {
		args++
	}
	values := make([]any, args)
	if w.Dialect() == "postgres" {
		for _, s := range []string{"SET plan_cache_mode = force_generic_plan", "SET enable_sort = off", "SET enable_seqscan = off", "SET enable_bitmapscan = off", "PREPARE " + name + " AS " + query} {
			if _, err := conn.ExecContext(w.t.Context(), s); err != nil {
				w.t.Fatal(name, err)
			}
		}
		if explain = "EXPLAIN EXECUTE " + name; args > 0 {
			explain += "(" + strings.TrimSuffix(strings.Repeat("NULL, ", args), ", ") + ")"
		}
		values = nil
	}
	rows, err := conn.QueryContext(w.t.Context(), explain, values...)
	if err != nil {
		w.t.Fatal(name, err)
	}
	defer func() { _ = rows.Close() }()
	var plan strings.Builder
	for rows.Next() {
		var line string
		into := []any{&line}
		if w.Dialect() == "sqlite" {
			into = []any{new(int), new(int), new(int), &line}
		}
		if err := rows.Scan(into...); err != nil {
			w.t.Fatal(name, err)
		}
		_, _ = fmt.Fprintln(&plan, line)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(name, err)
	}
	return plan.String()
}
