package workspace

// Rotate makes other tokens of the app work in place of those that worked until now,
// which Slack refuses from then on (invalid_auth); an empty one stays as it is.
// Connections that are open stay open, as Slack leaves them.
// See https://docs.slack.dev/authentication/using-token-rotation.
func (w *Workspace) Rotate(botToken, appToken string) {
	w.tokens.Lock()
	defer w.tokens.Unlock()
	if botToken != "" {
		w.opts.BotToken = botToken
	}
	if appToken != "" {
		w.opts.AppToken = appToken
	}
}

// BotToken returns the xoxb- token that works.
func (w *Workspace) BotToken() string {
	w.tokens.Lock()
	defer w.tokens.Unlock()
	return w.opts.BotToken
}

// AppToken returns the xapp- token that works.
func (w *Workspace) AppToken() string {
	w.tokens.Lock()
	defer w.tokens.Unlock()
	return w.opts.AppToken
}
