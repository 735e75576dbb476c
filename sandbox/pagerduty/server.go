package pagerduty

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"airpass/sandbox/control"
)

// Options describes an account. The zero value has usable meanings.
type Options struct {
	// Clock is the sandbox clock; nil is a clock of its own.
	Clock *control.Clock
	// Token is the API key that is taken; empty is one that begins with "sandbox".
	Token string
	// PerMinute is how many requests a minute are answered (wall time); 0 is PagerDuty's
	// 960, negative is without end.
	PerMinute int
}

// User is somebody with an account in PagerDuty.
type User struct {
	ID    string // P…; empty: one is made up
	Name  string
	Email string
	Title string
}

// Schedule says who is on call when.
type Schedule struct {
	ID       string // P…
	Name     string
	TimeZone string // IANA; empty is Etc/UTC
}

// shift is a time for which somebody is on call; a zero end is without end.
type shift struct {
	user     string // id
	from, to time.Time
}

// Server is one account. It is safe for concurrent use.
type Server struct {
	opts    Options
	faults  *control.Faults
	handler http.Handler

	mu        sync.Mutex
	users     []User
	schedules map[string]Schedule
	shifts    map[string][]shift // by schedule
	window    time.Time          // the minute that is counted, wall time
	asked     int                // requests in it
}

// New returns an account with nobody in it.
func New(opts Options) *Server {
	if opts.Clock == nil {
		opts.Clock = new(control.Clock)
	}
	if opts.Token == "" {
		opts.Token = "sandbox-pagerduty-key"
	}
	if opts.PerMinute == 0 {
		opts.PerMinute = 960
	}
	s := &Server{opts: opts, faults: control.NewFaults(opts.Clock), schedules: map[string]Schedule{}, shifts: map[string][]shift{}}
	s.handler = s.newHandler()
	return s
}

// Handler serves the REST API at "/".
func (s *Server) Handler() http.Handler { return s.handler }

// Faults are the ways in which the account misbehaves; see the package comment.
func (s *Server) Faults() *control.Faults { return s.faults }

// Token is the API key that is taken.
func (s *Server) Token() string { return s.opts.Token }

// AddUser adds somebody and returns them with their id.
func (s *Server) AddUser(u User) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.ID == "" {
		u.ID = fmt.Sprintf("PU%05d", len(s.users)+1)
	}
	s.users = append(s.users, u)
	return u
}

// AddSchedule adds a schedule in which nobody is on call.
func (s *Server) AddSchedule(one Schedule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one.TimeZone == "" {
		one.TimeZone = "Etc/UTC"
	}
	s.schedules[one.ID] = one
}

// DeleteSchedule takes a schedule away.
func (s *Server) DeleteSchedule(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.schedules, id)
	delete(s.shifts, id)
}

// SetOnCall has these users, by their addresses, be on call from now on, and nobody else.
func (s *Server) SetOnCall(schedule string, emails ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Clock.Now()
	var next []shift
	for _, e := range emails {
		u, err := s.user(e)
		if err != nil {
			return err
		}
		next = append(next, shift{user: u.ID, from: now.Add(-time.Hour)})
	}
	if _, there := s.schedules[schedule]; !there {
		return fmt.Errorf("there is no schedule %s", schedule)
	}
	s.shifts[schedule] = next
	return nil
}

// AddShift has somebody, by their address, be on call for some time too.
func (s *Server) AddShift(schedule, email string, from, to time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(email)
	if err != nil {
		return err
	}
	if _, there := s.schedules[schedule]; !there {
		return fmt.Errorf("there is no schedule %s", schedule)
	}
	s.shifts[schedule] = append(s.shifts[schedule], shift{u.ID, from, to})
	return nil
}

func (s *Server) user(email string) (User, error) {
	i := slices.IndexFunc(s.users, func(u User) bool { return strings.EqualFold(u.Email, email) })
	if i < 0 {
		return User{}, fmt.Errorf("there is nobody with the address %s", email)
	}
	return s.users[i], nil
}

// onCall are those who are on call in some part of a time, each once.
func (s *Server) onCall(schedule string, since, until time.Time) []User {
	var found []User
	for _, u := range s.users {
		if slices.ContainsFunc(s.shifts[schedule], func(h shift) bool {
			return h.user == u.ID && h.from.Before(until) && (h.to.IsZero() || h.to.After(since))
		}) {
			found = append(found, u)
		}
	}
	return found
}
