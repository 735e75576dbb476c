package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"airpass/bot"
	"airpass/sandbox"
	"airpass/sandbox/page"
	"airpass/sandbox/watch"
)

// Where the page is served when nothing else is asked for: on the first of these ports
// that is free.
const (
	pageHost  = "127.0.0.1"
	pagePort  = 8080
	pagePorts = 50
)

// listenForPage opens the port of the page: the address that was asked for and no
// other, or without one the usual port, else the next one that is free.
func listenForPage(ctx context.Context, address string) (net.Listener, error) {
	var of net.ListenConfig
	if address != "" {
		return of.Listen(ctx, "tcp", address)
	}
	for port := pagePort; ; port++ {
		l, err := of.Listen(ctx, "tcp", net.JoinHostPort(pageHost, strconv.Itoa(port)))
		if err == nil || !errors.Is(err, syscall.EADDRINUSE) || port == pagePort+pagePorts {
			return l, err
		}
	}
}

// loopback refuses to serve the page, on which everybody is everybody, to others.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%q: the sandbox is for this machine only; write 127.0.0.1:PORT", address)
	}
	return nil
}

// servePage serves the page of a world on l until the function it returns is called.
// b is airpass in it, or nil.
func servePage(l net.Listener, world *sandbox.World, b *bot.Bot) (stop func()) {
	opts := page.Options{World: world}
	if b != nil {
		opts.Audit, opts.Grants = watch.Trail(world, b), watch.Grants(b)
		opts.Campaigns, opts.StartCampaign = watch.Campaigns(world, b), b.StartCampaign
	}
	server := &http.Server{Handler: page.New(opts).Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	return func() { _ = server.Close() } // browsers keep their lines open
}
