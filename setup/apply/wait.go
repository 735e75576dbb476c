package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"airpass/access"
	"airpass/setup"
)

// patience is how many failures in a row are borne, and longest how long a wait grows.
const (
	patience = 8
	longest  = 20 * time.Second
)

// pause waits for the nth time, or as long as a vendor asks to.
func (w *Work) pause(ctx context.Context, n int, asked time.Duration) error {
	wait := cmp.Or(w.Pause, time.Second)
	for range n {
		wait = min(wait*2, longest)
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("it was not awaited, and goes on where it is when this is run again: %w", ctx.Err())
	case <-time.After(max(wait, asked)):
		return nil
	}
}

// patiently does something again after failures that pass. Something that gets on,
// although it has failed, may fail as often again.
func (w *Work) patiently(ctx context.Context, want setup.Wanted, do func() (gotOn bool, err error)) error {
	for n := 0; ; n++ {
		gotOn, err := do()
		if gotOn {
			n = 0
		}
		if err == nil || !passes(err) || n == patience {
			return err
		}
		w.say(want, "again in a while: %v", err)
		var v *access.VendorError
		asked := time.Duration(0)
		if errors.As(err, &v) {
			asked = v.RetryAfter
		}
		if stopped := w.pause(ctx, n, asked); stopped != nil {
			return errors.Join(err, stopped)
		}
	}
}

// passes says of a vendor's failure that another try may succeed.
func passes(err error) bool {
	var v *access.VendorError
	if !errors.As(err, &v) {
		return false
	}
	return v.Class == access.Throttled || v.Class == access.Conflict || v.Class == access.Unavailable
}
