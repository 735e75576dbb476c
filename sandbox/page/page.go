package page

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"time"

	"airpass/sandbox"
)

//go:embed static
var static embed.FS

// AuditEvent is one line of an audit trail as the page shows it.
type AuditEvent struct {
	Seq    int64     `json:"seq"` // 1, 2, 3, …
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	Actor  string    `json:"actor"`
	Object string    `json:"object"`
	Words  string    `json:"words"` // one sentence for a person
}

// Options says what a page shows.
type Options struct {
	// World is the sandbox behind the page.
	World *sandbox.World
	// Audit returns at most limit events with a sequence number above after, oldest
	// first. Nil: no trail is shown.
	Audit func(ctx context.Context, after int64, limit int) ([]AuditEvent, error)
	// Grants returns the access that is given now or will be, for the panel and for
	// moving the clock to the next end. Nil: none is shown.
	Grants func(ctx context.Context) ([]Grant, error)
	// Campaigns returns the campaigns there are, and StartCampaign lets one take place now.
	// Nil: none is shown.
	Campaigns     func(ctx context.Context) ([]Campaign, error)
	StartCampaign func(ctx context.Context, name string) error
	// Coalesce is how long changes are gathered before the browser is sent the new
	// state. 0 is 40 ms; negative sends at once.
	Coalesce time.Duration
}

// Page serves the page of one world.
type Page struct {
	world     *sandbox.World
	audit     func(ctx context.Context, after int64, limit int) ([]AuditEvent, error)
	grants    func(ctx context.Context) ([]Grant, error)
	campaigns func(ctx context.Context) ([]Campaign, error)
	start     func(ctx context.Context, name string) error
	coalesce  time.Duration
	trail     trail
}

// New returns the page of a world. It starts nothing: serve Handler on loopback.
func New(opts Options) *Page {
	if opts.Coalesce == 0 {
		opts.Coalesce = 40 * time.Millisecond
	}
	return &Page{world: opts.World, audit: opts.Audit, grants: opts.Grants, campaigns: opts.Campaigns, start: opts.StartCampaign, coalesce: opts.Coalesce}
}

// Handler serves the page at / and its API under /api/.
func (p *Page) Handler() http.Handler {
	mux := http.NewServeMux()
	p.slackRoutes(mux)
	p.worldRoutes(mux)
	mux.Handle("GET /", files())
	return guard(mux)
}

// files serves what is embedded. Nothing is kept by the browser without asking: the
// next run may be another version on the same port.
func files() http.Handler {
	root, err := fs.Sub(static, "static")
	if err != nil {
		panic("the page's embedded files: " + err.Error()) // a name in this file is wrong
	}
	serve := http.FileServerFS(root)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		serve.ServeHTTP(w, r)
	})
}
