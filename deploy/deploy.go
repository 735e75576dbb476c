// Package deploy carries the files that are handed to others, so that the program can
// print them as they are for a configuration.
package deploy

import _ "embed" // the files

// SlackManifest is the Slack app in Socket Mode, SlackManifestHTTP in HTTP mode.
var (
	//go:embed slack-manifest.yaml
	SlackManifest string
	//go:embed slack-manifest-http.yaml
	SlackManifestHTTP string
)
