package okta

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// bounds are a list's page sizes.
type bounds struct{ normal, most int }

// listed is one item of a list: its place in the order of creation, and its JSON.
type listed struct {
	seq  int
	body any
}

// page is a part of a list and the cursor of the next one.
type page struct {
	items []any
	after string
}

// cut returns the part of items that the request asks for. The cursor is opaque to
// callers and survives the removal of the item it was made from.
func cut(c *call, items []listed, b bounds) (page, error) {
	limit, err := pageSize(c.query.Get("limit"), b)
	if err != nil {
		return page{}, err
	}
	if after := c.query.Get("after"); after != "" {
		seq, ok := readCursor(after)
		if !ok {
			return page{}, errValidation("after", "after: The cursor is not valid.")
		}
		at := slices.IndexFunc(items, func(i listed) bool { return i.seq == seq })
		if at < 0 { // it has gone: go on behind the place where it was
			at = slices.IndexFunc(items, func(i listed) bool { return i.seq > seq }) - 1
			if at < -1 {
				at = len(items) - 1
			}
		}
		items = items[at+1:]
	}
	out := page{items: []any{}}
	for i, item := range items {
		if i == limit {
			out.after = makeCursor(items[i-1].seq)
			break
		}
		out.items = append(out.items, item.body)
	}
	return out, nil
}

// pageSize reads limit; more than the most is taken as the most.
func pageSize(text string, b bounds) (int, error) {
	if text == "" {
		return b.normal, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, errValidation("limit", "limit: The limit is not valid.")
	}
	return min(n, b.most), nil
}

func makeCursor(seq int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("c:" + strconv.Itoa(seq)))
}

func readCursor(text string) (int, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	number, ok := strings.CutPrefix(string(raw), "c:")
	if !ok {
		return 0, false
	}
	seq, err := strconv.Atoi(number)
	return seq, err == nil
}

// writeLinks adds the Link headers, one line each as Okta sends them.
// See https://developer.okta.com/docs/api/#link-header.
func (p page) writeLinks(c *call, h http.Header) {
	self := url.URL{Path: c.r.URL.Path, RawPath: c.r.URL.RawPath, RawQuery: c.r.URL.RawQuery}
	h.Add("Link", "<"+c.base+self.String()+`>; rel="self"`)
	if p.after == "" {
		return
	}
	q := c.r.URL.Query()
	q.Set("after", p.after)
	self.RawQuery = q.Encode()
	h.Add("Link", "<"+c.base+self.String()+`>; rel="next"`)
}
