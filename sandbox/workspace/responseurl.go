package workspace

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"airpass/sandbox/control"
)

// responseURL lets the app answer an interaction for thirty minutes, five times.
// See https://docs.slack.dev/interactivity/handling-user-interaction.
type responseURL struct {
	channel, user string
	message       string // timestamp of the message clicked; "" after a command
	made          time.Time
	uses          int
}

// newResponseURL makes one. The caller holds the lock.
func (w *Workspace) newResponseURL(channel, user, message string) string {
	token := w.opts.TeamID + "-" + randomHex(12)
	w.responseURLs[token] = &responseURL{channel: channel, user: user, message: message, made: w.clock.Now()}
	return w.baseURL + "/response/" + token
}

// reply is what an app says through a response URL or in the acknowledgement of a
// command.
type reply struct {
	Text            string          `json:"text"`
	Blocks          json.RawMessage `json:"blocks"`
	Metadata        json.RawMessage `json:"metadata"`
	ResponseType    string          `json:"response_type"` // ephemeral when empty
	ThreadTS        string          `json:"thread_ts"`
	ReplaceOriginal bool            `json:"replace_original"`
	DeleteOriginal  bool            `json:"delete_original"`
}

func (w *Workspace) serveResponseURL(rw http.ResponseWriter, r *http.Request) {
	var body reply
	raw, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, 1<<20))
	if err != nil || json.Unmarshal(raw, &body) != nil {
		refuse(rw, &apiError{code: "invalid_payload"}, "")
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	u, ok := w.responseURLs[r.PathValue("token")]
	switch {
	case !ok || w.clock.Now().Sub(u.made) > responseURLMinutes*time.Minute:
		control.WriteJSON(rw, http.StatusNotFound, map[string]any{"ok": false, "error": "expired_url"})
		return
	case u.uses >= maxResponseURLUses:
		control.WriteJSON(rw, http.StatusNotFound, map[string]any{"ok": false, "error": "used_url"})
		return
	}
	u.uses++
	w.stats.ResponseURLPosts++
	if bad := w.say(body, u.channel, u.user, u.message); bad != nil {
		refuse(rw, bad, "")
		return
	}
	control.WriteJSON(rw, http.StatusOK, map[string]any{"ok": true})
}

// say carries a reply out. The caller holds the lock.
func (w *Workspace) say(body reply, channel, user, message string) *apiError {
	original := w.findMessage(channel, message)
	if body.DeleteOriginal && original != nil {
		w.remove(original)
		return nil
	}
	blocks, bad := w.readBlocks(string(body.Blocks))
	if bad != nil {
		return bad
	}
	metadata, bad := w.readMetadata(string(body.Metadata))
	if bad != nil {
		return bad
	}
	what := content{text: body.Text, blocks: blocks, metadata: metadata, thread: body.ThreadTS}
	if what.text == "" && len(blocks) == 0 {
		return &apiError{code: "no_text"}
	}
	switch {
	case body.ReplaceOriginal && original != nil && !original.Deleted:
		w.edit(original, what)
	case body.ResponseType == "in_channel":
		w.post(channel, w.opts.App.BotUserID, true, what, "")
	default:
		what.metadata = nil
		w.post(channel, w.opts.App.BotUserID, true, what, user)
		w.stats.Ephemeral++
	}
	return nil
}
