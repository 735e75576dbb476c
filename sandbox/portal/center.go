package portal

import (
	"errors"
	"time"
)

// Access is one assignment of a person.
type Access struct {
	Account, PermissionSetARN, PermissionSetName, RoleName, InlinePolicy, RelayState string
	SessionDuration                                                                  time.Duration
}

var (
	// ErrUnknownUser is x.
	ErrUnknownUser = errors.New("unknown")
	// ErrDisabledUser is x.
	ErrDisabledUser = errors.New("disabled")
)
