package access

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Check says whether a reason is as the rule wants it. The error wraps ErrInvalid and
// says in words what is missing; a pattern that is none takes no reason.
func (r ReasonRule) Check(reason string) error {
	reason = strings.TrimSpace(reason)
	if utf8.RuneCountInString(reason) < r.MinLength {
		return fmt.Errorf("%w: a reason of at least %d characters is needed", ErrInvalid, r.MinLength)
	}
	if r.Ticket == "" {
		return nil
	}
	pattern, err := regexp.Compile(r.Ticket)
	if err != nil || pattern.FindString(reason) == "" {
		return fmt.Errorf("%w: the reason has to name a ticket (%s)", ErrInvalid, r.Ticket)
	}
	return nil
}

// Link is the ticket that a reason names and its address; empty where the rule has no
// address, or the reason no ticket. The ticket is escaped in it.
func (r ReasonRule) Link(reason string) (ticket, address string) {
	if r.Ticket == "" || r.TicketLink == "" {
		return "", ""
	}
	pattern, err := regexp.Compile(r.Ticket)
	if err != nil {
		return "", ""
	}
	if ticket = pattern.FindString(reason); ticket == "" {
		return "", ""
	}
	return ticket, strings.ReplaceAll(r.TicketLink, "{ticket}", url.PathEscape(ticket))
}
