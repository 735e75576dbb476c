package identitycenter

// apiOperations are all that the services can do over HTTP.
func apiOperations() []operation { return nil }
