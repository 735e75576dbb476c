package access

// Application is an application of Identity Center, which is a tile of the access portal.
// It opens nothing: whoever has the tile and not the permission set is turned away behind it.
type Application struct {
	ARN         string
	Name        string
	Description string
	// Protocol is how it signs people in: "SAML" or "OAUTH"; empty if AWS does not say.
	Protocol string
	Enabled  bool
	Visible  bool // in the access portal
	// URL is where the tile leads; empty is Identity Center's own sign-in.
	URL string
	// Required: only those have the tile who are assigned to it; else everybody has it.
	Required bool
	// People and Groups are assigned to it. Refused says why AWS does not tell them: then
	// it will not take assignments of this application either.
	People, Groups []string
	Refused        string
}
