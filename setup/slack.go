package setup

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/goccy/go-yaml"

	"airpass/deploy"
)

// What the manifests in deploy have where an installation has its own.
const (
	exampleCommand = "command: /airflow"
	exampleURL     = "https://airpass.example.com/slack"
)

// Manifest is the Slack app's manifest for a command such as /airflow. Without an
// address it is for Socket Mode; with one for HTTP mode: where Slack's requests reach
// airpass, path included. The error says what is wrong with the address.
// See https://docs.slack.dev/reference/app-manifest.
func Manifest(command, address string) (string, error) {
	text := deploy.SlackManifest
	if address != "" {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(address, " \"#\n") {
			return "", fmt.Errorf("%q is not an address that Slack can post to: write one like %s", address, exampleURL)
		}
		text = strings.ReplaceAll(deploy.SlackManifestHTTP, exampleURL, address)
	}
	if at := strings.Index(text, "_metadata:"); at >= 0 {
		text = text[at:] // what is above tells how to fill it in, which is done here
	}
	return strings.ReplaceAll(text, exampleCommand, "command: "+command), nil
}

// BotScopes are the scopes that the manifest asks for: what airpass needs in Slack.
func BotScopes() ([]string, error) {
	var m struct {
		OAuth struct {
			Scopes struct{ Bot []string }
		} `yaml:"oauth_config"`
	}
	if err := yaml.Unmarshal([]byte(deploy.SlackManifest), &m); err != nil {
		return nil, fmt.Errorf("the Slack manifest: %w", err)
	}
	return m.OAuth.Scopes.Bot, nil
}
