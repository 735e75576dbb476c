package workspace

import (
	"encoding/json"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/sandbox/control"
)

// apiError is a refusal in Slack's form: HTTP 200, {"ok":false,"error":code}.
type apiError struct {
	code     string
	messages []string // details of a schema error
	needed   string   // the scope that is missing
}

// call is one Web API call being carried out, under the workspace's lock.
type call struct {
	w    *Workspace
	args arguments
	// after runs when the lock has been released.
	after []func()
}

// arguments are the arguments of a call; values that are not strings are JSON text.
type arguments map[string]string

func (a arguments) bool(name string) bool {
	return a[name] == "true" || a[name] == "1"
}

// limit reads a page size: standard when absent, at most high.
func (a arguments) limit(standard, high int) (int, *apiError) {
	if a["limit"] == "" || a["limit"] == "0" {
		return standard, nil
	}
	n, err := strconv.Atoi(a["limit"])
	if err != nil || n < 0 {
		return 0, &apiError{code: "invalid_limit"}
	}
	return min(n, high), nil
}

// method is one method of the Web API.
type method struct {
	perMinute int
	// app is true for methods that take the app-level token instead of the bot's.
	app bool
	// scope is the scope the call needs; "" needs none.
	scope func(*call) string
	run   func(*call) (map[string]any, *apiError)
}

func scope(name string) func(*call) string { return func(*call) string { return name } }

// conversationScope needs the scope of the conversation's kind: "channels:history",
// "im:history" and so on.
func conversationScope(what string) func(*call) string {
	return func(c *call) string {
		if ch, ok := c.w.channels[c.args["channel"]]; ok {
			return ch.kind() + ":" + what
		}
		return "channels:" + what
	}
}

// methods is the Web API of this workspace. Scopes and tiers are from each
// method's page under https://docs.slack.dev/reference/methods.
func methods() map[string]method {
	none := scope("")
	write := scope("chat:write")
	out := map[string]method{
		"auth.test": {special, false, none, (*call).authTest},
		// Published as tier 1; reconnecting clients are visibly tolerated, so tier 2.
		"apps.connections.open": {tier2, true, scope("connections:write"), (*call).openConnection},
		"team.info":             {tier3, false, scope("team:read"), (*call).teamInfo},
		"bots.info":             {tier3, false, scope("users:read"), (*call).botInfo},

		"chat.postMessage":   {special, false, write, (*call).postMessage},
		"chat.update":        {tier3, false, write, (*call).updateMessage},
		"chat.delete":        {tier3, false, write, (*call).deleteMessage},
		"chat.postEphemeral": {tier4, false, write, (*call).postEphemeral},
		"chat.getPermalink":  {special, false, none, (*call).permalink},
		"reactions.add":      {tier3, false, scope("reactions:write"), (*call).addReaction},

		"conversations.open":    {tier3, false, openScope, (*call).openConversation},
		"conversations.info":    {tier3, false, conversationScope("read"), (*call).conversationInfo},
		"conversations.history": {tier3, false, conversationScope("history"), (*call).history},
		"conversations.replies": {tier3, false, conversationScope("history"), (*call).replies},
		"conversations.members": {tier4, false, conversationScope("read"), (*call).conversationMembers},
		"conversations.list":    {tier2, false, none, (*call).listConversations},
		"conversations.join":    {tier3, false, scope("channels:join"), (*call).joinConversation},

		"users.info":            {tier4, false, scope("users:read"), (*call).userInfo},
		"users.lookupByEmail":   {tier3, false, scope("users:read.email"), (*call).lookupByEmail},
		"users.list":            {tier2, false, scope("users:read"), (*call).listUsers},
		"users.conversations":   {tier3, false, none, (*call).userConversations},
		"users.getPresence":     {tier3, false, scope("users:read"), (*call).presence},
		"usergroups.list":       {tier2, false, scope("usergroups:read"), (*call).listGroups},
		"usergroups.users.list": {tier2, false, scope("usergroups:read"), (*call).listGroupUsers},

		"views.open":    {tier4, false, none, (*call).openView},
		"views.push":    {tier4, false, none, (*call).pushView},
		"views.update":  {tier4, false, none, (*call).updateView},
		"views.publish": {tier4, false, none, (*call).publishView},
	}
	return out
}

// opOf names the operation of a request for faults.
func opOf(r *http.Request) string {
	if name, ok := strings.CutPrefix(r.URL.Path, "/api/"); ok {
		return name
	}
	if strings.HasPrefix(r.URL.Path, "/response/") {
		return "response_url"
	}
	return ""
}

// answer writes the named faults; see the package comment.
func answer(w http.ResponseWriter, _ *http.Request, _ string, f control.Fault) bool {
	switch name, slack := strings.CutPrefix(f.Answer, "slack:"); {
	case slack:
		control.WriteJSON(w, http.StatusOK, map[string]any{"ok": false, "error": name})
	case f.Answer == "throttled":
		throttled(w, max(time.Duration(f.RetryAfter), time.Second))
	case f.Answer == "unavailable":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "<html><body>Slack is having trouble</body></html>")
	case f.Answer == "internal":
		control.WriteJSON(w, http.StatusOK, map[string]any{"ok": false, "error": "internal_error"})
	case f.Answer == "fatal_error":
		control.WriteJSON(w, http.StatusOK, map[string]any{"ok": false, "error": "fatal_error"})
	default:
		return false
	}
	return true
}

func throttled(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	control.WriteJSON(w, http.StatusTooManyRequests, map[string]any{"ok": false, "error": "ratelimited"})
}

func (w *Workspace) webAPI() http.Handler {
	table := methods()
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/api/")
		m, ok := table[name]
		if !ok {
			refuse(rw, &apiError{code: "unknown_method"}, "")
			return
		}
		args, token, bad := readArguments(r)
		if bad != nil {
			refuse(rw, bad, "")
			return
		}
		have, bad := w.authenticate(token, m)
		if bad != nil {
			refuse(rw, bad, "")
			return
		}
		rw.Header().Set("X-OAuth-Scopes", strings.Join(have, ","))
		if wait := w.limits.method(name, m.perMinute); wait > 0 {
			throttled(rw, wait)
			return
		}
		w.carryOut(rw, m, &call{w: w, args: args}, have, name)
	})
}

func (w *Workspace) carryOut(rw http.ResponseWriter, m method, c *call, have []string, name string) {
	w.mu.Lock()
	needed := m.scope(c)
	if needed != "" && !slices.Contains(have, needed) {
		w.mu.Unlock()
		rw.Header().Set("X-Accepted-OAuth-Scopes", needed)
		refuse(rw, &apiError{code: "missing_scope", needed: needed}, strings.Join(have, ","))
		return
	}
	if name == "chat.postMessage" {
		if wait := w.limits.message(c.args["channel"]); wait > 0 {
			w.mu.Unlock()
			throttled(rw, wait)
			return
		}
	}
	result, bad := m.run(c)
	w.mu.Unlock()
	if bad != nil {
		refuse(rw, bad, strings.Join(have, ","))
		return
	}
	result["ok"] = true
	control.WriteJSON(rw, http.StatusOK, result)
	for _, do := range c.after {
		do()
	}
}

// authenticate checks the token and returns its scopes.
func (w *Workspace) authenticate(token string, m method) ([]string, *apiError) {
	bot, app := w.BotToken(), w.AppToken()
	switch {
	case token == "":
		return nil, &apiError{code: "not_authed"}
	case token != bot && token != app:
		return nil, &apiError{code: "invalid_auth"}
	case m.app != (token == app):
		return nil, &apiError{code: "not_allowed_token_type"}
	case m.app:
		return w.opts.App.AppScopes, nil
	default:
		return w.opts.App.BotScopes, nil
	}
}

func refuse(rw http.ResponseWriter, e *apiError, provided string) {
	body := map[string]any{"ok": false, "error": e.code}
	if len(e.messages) > 0 {
		marked := make([]string, len(e.messages))
		for i, m := range e.messages {
			marked[i] = "[ERROR] " + m
		}
		body["errors"] = e.messages
		body["response_metadata"] = map[string]any{"messages": marked}
	}
	if e.needed != "" {
		body["needed"], body["provided"] = e.needed, provided
	}
	control.WriteJSON(rw, http.StatusOK, body)
}

// readArguments reads a form or JSON body and the token, which may be in the
// Authorization header or among a form's arguments.
func readArguments(r *http.Request) (arguments, string, *apiError) {
	args := arguments{}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 4<<20))
	if err != nil {
		return nil, "", &apiError{code: "request_timeout"}
	}
	switch kind {
	case "application/json":
		var fields map[string]json.RawMessage
		if len(body) > 0 && string(body) != "null" {
			if err := json.Unmarshal(body, &fields); err != nil {
				return nil, "", &apiError{code: "invalid_json"}
			}
		}
		for name, raw := range fields {
			var s string
			if json.Unmarshal(raw, &s) == nil {
				args[name] = s
			} else if string(raw) != "null" {
				args[name] = string(raw)
			}
		}
	case "", "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, "", &apiError{code: "invalid_form_data"}
		}
		for name, values := range form {
			args[name] = values[0]
		}
	default:
		return nil, "", &apiError{code: "invalid_post_type"}
	}
	for name, values := range r.URL.Query() {
		if _, ok := args[name]; !ok {
			args[name] = values[0]
		}
	}
	token := args["token"]
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	delete(args, "token")
	return args, strings.TrimSpace(token), nil
}
