package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// site is one HTTP server of the world. It listens before it has a handler, because
// the vendors have to know each other's addresses before they are made.
type site struct {
	listener net.Listener
	server   *http.Server
}

// URL is the site's address without a closing slash.
func (s *site) URL() string { return "http://" + s.listener.Addr().String() }

func (s *site) serve(h http.Handler) {
	s.server = &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(s.listener) }()
}

// close drops what is open: a browser or a bot that keeps a connection is not waited for.
func (s *site) close() error {
	if s.server == nil {
		return s.listener.Close()
	}
	err := s.server.Close()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// sites are the world's servers: the control server first, then one for each vendor.
type sites struct {
	control, slack, okta, aws, sts, mwaa, portal, secrets, pagerduty, cloudtrail, s3 *site
}

func (s *sites) all() []**site {
	return []**site{&s.control, &s.slack, &s.okta, &s.aws, &s.sts, &s.mwaa, &s.portal, &s.secrets, &s.pagerduty, &s.cloudtrail, &s.s3}
}

// listen opens the ports: those from the one that was asked for, or any that are free.
func listen(ctx context.Context, address string) (*sites, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	out := &sites{}
	for i, place := range out.all() {
		at := net.JoinHostPort(host, "0")
		if port != 0 {
			at = net.JoinHostPort(host, strconv.Itoa(port+i))
		}
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", at)
		if err != nil {
			out.close()
			return nil, err
		}
		*place = &site{listener: l}
	}
	return out, nil
}

func (s *sites) close() {
	for _, place := range s.all() {
		if *place != nil {
			_ = (*place).close()
		}
	}
}
