package identitycenter

import (
	"errors"
	"fmt"
	"time"

	idstore "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	sso "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/outbound"
)

// failure classifies an error of the SDK; nil stays nil. "Not found" is said of more
// than what was asked for: an instance whose encryption key is gone, an identity
// store that does not exist. Neither may pass for "the person does not have it".
func failure(site outbound.Site, err error) error {
	err = awsconfig.Failure(site, err)
	var v *access.VendorError
	if !errors.As(err, &v) {
		return err
	}
	var inAdmin *sso.ResourceNotFoundException
	if errors.As(err, &inAdmin) && inAdmin.Reason != "" {
		v.Class = access.Denied
	}
	var inStore *idstore.ResourceNotFoundException
	if errors.As(err, &inStore) {
		switch {
		case inStore.Reason != "":
			v.Class = access.Denied
		case inStore.ResourceType == idstore.ResourceTypeIdentityStore:
			v.Class = access.Rejected
		}
	}
	var throttled *idstore.ThrottlingException
	if errors.As(err, &throttled) && throttled.RetryAfterSeconds > 0 {
		v.RetryAfter = time.Duration(throttled.RetryAfterSeconds) * time.Second
	}
	return v
}

// implausible is a good answer that makes no sense: nothing is known then.
func implausible(site outbound.Site, format string, args ...any) error {
	return &access.VendorError{Vendor: string(site.Vendor), Op: site.Name, Class: access.Unavailable, Err: fmt.Errorf(format, args...)}
}

// reclassified is a vendor's failure under another class.
func reclassified(err error, class access.Class) error {
	var v *access.VendorError
	if !errors.As(err, &v) {
		return err
	}
	other := *v
	other.Class = class
	return &other
}
