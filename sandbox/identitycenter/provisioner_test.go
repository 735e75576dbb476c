package identitycenter

import "airpass/sandbox/okta"

// Okta provisions to the server as to the real service.
var _ okta.Provisioner = (*Server)(nil)
