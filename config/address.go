package config

import (
	"net"
	"net/url"
	"strings"
)

// loopback says whether host is this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// address returns a URL without user, query and fragment: https, or http to this
// machine. It returns nil for an absent one and for what it reported; messages
// never repeat the text, which may hold a password.
func (s *section) address(field, mend string) *url.URL {
	text := s.optional(field, "", rule{mend: mend})
	s.r.sketch.more(s.name(field), "format", "uri")
	if text == "" {
		if s.has(field) && !s.reported(field) {
			s.problem(field, "is empty", mend)
		}
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		s.problem(field, "is not a URL", mend)
	case u.Scheme != "https" && u.Scheme != "http":
		s.problem(field, "is neither https nor http", mend)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		s.problem(field, "is plain http to another machine, which everybody on the way can read", "write https://"+u.Host+u.EscapedPath())
	case u.User != nil:
		s.problem(field, "holds a user or password", "remove what stands before the @")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		s.problem(field, "holds a query or fragment", "end it before the ? or #")
	default:
		return u
	}
	return nil
}

// base is address as text without a trailing slash; empty if there is none.
func (s *section) base(field, mend string) string {
	if u := s.address(field, mend); u != nil {
		return strings.TrimRight(u.String(), "/")
	}
	return ""
}
