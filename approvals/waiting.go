package approvals

import (
	"errors"
	"fmt"
	"time"

	"airpass/access"
	"airpass/store"
)

// checkingText is what a person reads whose attempt has to wait.
func checkingText(cause error) phrase {
	who := ""
	var v *access.VendorError
	if errors.As(cause, &v) {
		who = called(v.Vendor)
		if v.Class == access.Denied {
			return says("Checking… %s refuses airpass's own credentials at the moment. airpass keeps trying and tells you the result.", who)
		}
	}
	if who == "" {
		return says("Checking… An outside system does not answer at the moment. airpass keeps trying and tells you the result.")
	}
	return says("Checking… %s does not answer at the moment. airpass keeps trying and tells you the result.", who)
}

// called is a vendor's name for people.
func called(vendor string) string {
	switch vendor {
	case "okta":
		return "Okta"
	case "slack":
		return "Slack"
	case "identitycenter", "identitystore", "mwaa", "sts":
		return "AWS"
	case "pagerduty":
		return "PagerDuty"
	}
	return vendor
}

// deniedTold is the setting that keeps when the admin channel was told last that a
// vendor refuses our credentials.
const deniedTold = "denied_told_"

// deniedEvery is how often at most it is told.
const deniedEvery = time.Hour

// denied tells the admin channel that a vendor refuses our credentials: waiting does
// not mend that, and everybody waits.
func (s *Service) denied(tx *store.Tx, cause error) error {
	var v *access.VendorError
	if s.AdminChannel == "" || !errors.As(cause, &v) || v.Class != access.Denied {
		return nil
	}
	told, err := tx.LockSetting(deniedTold + v.Vendor)
	if err != nil {
		return err
	}
	if at, err := time.Parse(time.RFC3339, told); err == nil && tx.Now().Sub(at) < deniedEvery {
		return nil
	}
	if err := tx.SetSetting(deniedTold+v.Vendor, tx.Now().Format(time.RFC3339)); err != nil {
		return err
	}
	_, err = tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: s.AdminChannel, State: access.MessageNew, NextAt: tx.Now(),
		Text: fmt.Sprintf("%s refuses airpass's credentials, so that requests and decisions wait: %v. Until that is mended they are refused after %s.",
			called(v.Vendor), v, s.ClickDeadline)})
	return err
}
