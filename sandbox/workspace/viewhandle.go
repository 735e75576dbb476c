package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ViewHandle is a modal or Home tab in front of a person. It always acts on the
// view as it is now.
type ViewHandle struct {
	p  *Person
	id string
}

func (h *ViewHandle) source() source { return source{p: h.p, view: h.id} }

// View returns the view as it is now, open or closed.
func (h *ViewHandle) View() View {
	v, _ := h.p.w.View(h.id)
	return v
}

// Errors returns the messages shown at blocks after the last submission.
func (h *ViewHandle) Errors() map[string]string { return h.View().Errors }

// Button returns a button of the view by its label or action id.
func (h *ViewHandle) Button(name string) *Button { return h.source().button(name) }

// Buttons returns the labels of the view's buttons, in order.
func (h *ViewHandle) Buttons() []string { return buttonLabels(h.View().Blocks) }

// Options returns what a menu offers; an external select asks the app with the query.
// block may be "" when the action id is enough.
func (h *ViewHandle) Options(ctx context.Context, block, action, query string) ([]Option, error) {
	return h.source().options(ctx, block, action, query)
}

// Select chooses in a menu, radio buttons, checkboxes or a picker: options by value
// or words, people and conversations by id, dates as 2006-01-02, times as 15:04.
// Nothing chosen empties it. Where Slack tells the app of it (sections, actions,
// dispatch_action) it returns once the app has acknowledged.
func (h *ViewHandle) Select(ctx context.Context, block, action string, chosen ...string) error {
	_, err := h.source().choose(ctx, block, action, chosen)
	return err
}

// Type writes into a text field, replacing what is there, and presses Enter where
// that tells the app (dispatch_action).
func (h *ViewHandle) Type(ctx context.Context, block, action, text string) error {
	var chosen []string
	if text != "" {
		chosen = []string{text}
	}
	h.p.w.mu.Lock()
	_, e, err := h.source().find(block, action)
	h.p.w.mu.Unlock()
	if err != nil {
		return err
	}
	if str(e, "type") == "plain_text_input" && utf8.RuneCountInString(text) > maxInput {
		return fmt.Errorf("%d characters do not fit a text field: %w", utf8.RuneCountInString(text), ErrIncomplete)
	}
	return h.Select(ctx, block, action, chosen...)
}

// Values returns what the view holds now: block id -> action id -> value in Slack's form.
func (h *ViewHandle) Values() map[string]map[string]Block {
	h.p.w.mu.Lock()
	defer h.p.w.mu.Unlock()
	return h.p.w.valuesOf(h.source().key(), h.source().blocks())
}

// Submission is what came of submitting a modal.
type Submission struct {
	Delivery Delivery
	// Errors are the messages at blocks, from Slack itself (with ErrIncomplete) or
	// from the app. The modal stays open.
	Errors map[string]string
	// Closed is true when the modal went away.
	Closed bool
	// Front is the modal in front of the person afterwards, or nil.
	Front *ViewHandle
}

// Submit presses the modal's submit button. Slack first checks the form itself:
// ErrIncomplete, and the app hears nothing. An answer that Slack does not accept is
// ErrAppFailed and leaves the modal open, as does ErrTimedOut.
// See https://docs.slack.dev/surfaces/modals.
func (h *ViewHandle) Submit(ctx context.Context) (*Submission, error) {
	w := h.p.w
	w.mu.Lock()
	u, err := h.source().check()
	v := w.views[h.id]
	if err == nil && (v.Type != "modal" || v.SubmitText == nil) {
		err = fmt.Errorf("view %s has no submit button: %w", h.id, ErrNoSuchElement)
	}
	if err != nil {
		w.mu.Unlock()
		return nil, err
	}
	if wrong := w.incomplete(v); len(wrong) > 0 {
		h.showErrors(v, wrong)
		w.mu.Unlock()
		return &Submission{Errors: wrong, Front: h}, fmt.Errorf("%v: %w", wrong, ErrIncomplete)
	}
	h.showErrors(v, nil)
	payload := w.common("view_submission", u)
	payload["trigger_id"], payload["view"], payload["response_urls"] = w.newTrigger(h.p.id, h.id), w.viewObject(v), []any{}
	w.mu.Unlock()
	out := &Submission{}
	out.Delivery = w.deliver(ctx, outgoing{kind: "interactive", typ: "view_submission", user: h.p.id, payload: payload, response: true})
	if err = out.Delivery.err(); err == nil {
		err = h.accept(out)
	}
	out.Front = h.p.OpenView()
	out.Closed = !h.View().Open
	return out, err
}

// showErrors puts messages at blocks. The caller holds the lock.
func (h *ViewHandle) showErrors(v *View, errors map[string]string) {
	if len(errors) == 0 && len(v.Errors) == 0 {
		return
	}
	v.Errors = errors
	h.p.w.announce(Change{Kind: "view", ID: v.ID, User: v.User})
}

// accept does what the app's answer to a submission says.
func (h *ViewHandle) accept(out *Submission) error {
	var answer struct {
		ResponseAction string            `json:"response_action"`
		View           json.RawMessage   `json:"view"`
		Errors         map[string]string `json:"errors"`
	}
	if raw := out.Delivery.Answer; len(raw) > 0 {
		if err := json.Unmarshal(raw, &answer); err != nil {
			return fmt.Errorf("view_submission: %w: %w", ErrAppFailed, err)
		}
	}
	w := h.p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.views[h.id]
	switch answer.ResponseAction {
	case "":
		w.pop(h.p.id, h.id)
		return nil
	case "clear":
		w.clear(h.p.id)
		return nil
	case "errors":
		for block := range answer.Errors {
			if !slices.ContainsFunc(v.Blocks, func(b Block) bool { return str(b, "type") == "input" && str(b, "block_id") == block }) {
				return fmt.Errorf("errors for %q, which is no input block: %w", block, ErrAppFailed)
			}
		}
		if len(answer.Errors) == 0 {
			return fmt.Errorf("errors without any: %w", ErrAppFailed)
		}
		out.Errors = answer.Errors
		h.showErrors(v, answer.Errors)
		return nil
	case "update", "push":
		req, bad := w.readView(string(answer.View), "modal")
		if bad == nil && answer.ResponseAction == "push" {
			_, bad = w.push(req, h.p.id)
		} else if bad == nil && v.Open {
			w.render(v, req)
		}
		if bad != nil {
			return fmt.Errorf("%s: %w: %s %s", answer.ResponseAction, ErrAppFailed, bad.code, strings.Join(bad.messages, "; "))
		}
		return nil
	default:
		return fmt.Errorf("response_action %q: %w", answer.ResponseAction, ErrAppFailed)
	}
}

// Close presses Cancel: this modal goes, or the whole stack where the view says
// clear_on_close. CloseAll is the cross in the corner.
func (h *ViewHandle) Close(ctx context.Context) error {
	return h.close(ctx, h.View().ClearOnClose)
}

// CloseAll closes all open modals of the person.
func (h *ViewHandle) CloseAll(ctx context.Context) error { return h.close(ctx, true) }

func (h *ViewHandle) close(ctx context.Context, all bool) error {
	w := h.p.w
	w.mu.Lock()
	u, err := h.source().check()
	if err != nil {
		w.mu.Unlock()
		return err
	}
	gone := []string{h.id}
	if all {
		gone = slices.Clone(w.stacks[h.p.id])
	}
	var payloads []map[string]any
	for _, id := range gone {
		if v := w.views[id]; v.NotifyOnClose {
			payload := w.common("view_closed", u)
			payload["view"], payload["is_cleared"] = w.viewObject(v), all
			payloads = append(payloads, payload)
		}
	}
	if all {
		w.clear(h.p.id)
	} else {
		w.pop(h.p.id, h.id)
	}
	w.mu.Unlock()
	for _, payload := range payloads {
		d := w.deliver(ctx, outgoing{kind: "interactive", typ: "view_closed", user: h.p.id, payload: payload})
		if err := d.err(); err != nil {
			return err
		}
	}
	return nil
}

// incomplete is what Slack's client finds wrong with a form before it is sent.
// The caller holds the lock.
func (w *Workspace) incomplete(v *View) map[string]string {
	held := w.valuesOf(surfaceKey{id: v.ID}, v.Blocks)
	out := map[string]string{}
	for _, b := range v.Blocks {
		if str(b, "type") != "input" {
			continue
		}
		id, e := str(b, "block_id"), obj(b, "element")
		value := held[id][str(e, "action_id")]
		switch {
		case empty(value) && b["optional"] != true:
			out[id] = "Please complete this required field."
		case empty(value):
		default:
			if wrong := malformed(e, value); wrong != "" {
				out[id] = wrong
			}
		}
	}
	return out
}

// malformed says what is wrong with a value that is there, or "".
func malformed(e, value Block) string {
	s, _ := value["value"].(string)
	n := utf8.RuneCountInString(s)
	switch str(e, "type") {
	case "plain_text_input":
		if low, ok := e["min_length"].(float64); ok && n < int(low) {
			return fmt.Sprintf("Please use at least %d characters.", int(low))
		}
		if high, ok := e["max_length"].(float64); ok && n > int(high) {
			return fmt.Sprintf("Please use at most %d characters.", int(high))
		}
	case "email_text_input":
		if _, err := mail.ParseAddress(s); err != nil {
			return "Please enter a valid email address."
		}
	case "url_text_input":
		if u, err := url.Parse(s); err != nil || u.Host == "" {
			return "Please enter a valid URL."
		}
	case "number_input":
		return badNumber(e, s)
	}
	return ""
}

func badNumber(e Block, s string) string {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || (e["is_decimal_allowed"] != true && strings.ContainsAny(s, ".eE")) {
		return "Please enter a valid number."
	}
	if low, err := strconv.ParseFloat(str(e, "min_value"), 64); err == nil && x < low {
		return "Please enter a number of at least " + str(e, "min_value") + "."
	}
	if high, err := strconv.ParseFloat(str(e, "max_value"), 64); err == nil && x > high {
		return "Please enter a number of at most " + str(e, "max_value") + "."
	}
	return ""
}
