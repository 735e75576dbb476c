package portal

import (
	"html/template"
	"net/http"
	"sync"
	"time"

	"airpass/sandbox/control"
)

// Server is the portal and the console. It is safe for concurrent use.
type Server struct {
	opts    Options
	clock   *control.Clock
	pages   *template.Template
	handler http.Handler

	mu       sync.Mutex
	sessions []*session
	refusals []Refusal
}

// New returns a portal without sessions.
func New(opts Options) *Server {
	if opts.Clock == nil {
		opts.Clock = new(control.Clock)
	}
	if opts.UserName == nil {
		opts.UserName = func(login string) (string, bool) { return login, true }
	}
	if opts.Sync == nil {
		opts.Sync = func() {}
	}
	s := &Server{opts: opts, clock: opts.Clock, pages: parsePages()}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.RedirectHandler("/start/", http.StatusFound))
	mux.HandleFunc("GET /start/{$}", s.start)
	mux.HandleFunc("GET /start/open", s.open)
	mux.HandleFunc("GET /start/accounts", s.accounts)
	mux.HandleFunc("GET /start/console", s.federate)
	mux.HandleFunc("GET /start/signout", s.signOut)
	mux.HandleFunc("GET /console/home", s.inConsole(s.consoleHome))
	mux.HandleFunc("GET /console/signout", s.leaveConsole)
	mux.HandleFunc("GET /mwaa/home", s.inConsole(s.mwaaHome))
	mux.HandleFunc("GET /mwaa/view", s.inConsole(s.mwaaView))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		s.refuse(w, refusal{http.StatusNotFound, "no-page", "Page not found", "There is no such page in the portal or the console."})
	})
	s.handler = mux
	return s
}

// Handler serves the portal (/start/) and the console.
func (s *Server) Handler() http.Handler { return s.handler }

func (s *Server) now() time.Time { return s.clock.Now().Truncate(time.Second) }
