package browser

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// page is what a browser without eyes sees.
type page struct {
	title        string
	fragmentForm *form
	signIn       *form
	attributes   map[string]string
	refusal      string // the words of the element with the Refused attribute
	alert        string // the words of the first role="alert"
}

// form is a form with the fields it has when the page is loaded. The field named by
// the page, or "username", is the one that is filled in.
type form struct {
	method, action string
	fields         url.Values
	field          string
	secret         bool
}

// fill returns the request that sends the form.
func (f *form) fill(on *url.URL, value string) visit {
	f.fields.Set(f.field, value)
	to, err := on.Parse(f.action)
	if err != nil {
		to = on
	}
	target := *to
	target.Fragment, target.RawFragment = "", ""
	if f.method == http.MethodPost {
		return visit{method: http.MethodPost, url: &target, form: f.fields, origin: on.Scheme + "://" + on.Host}
	}
	target.RawQuery = f.fields.Encode()
	return visit{method: http.MethodGet, url: &target}
}

func parse(body string) page {
	p := page{attributes: map[string]string{}}
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return p
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			p.see(n)
		}
	}
	return p
}

func (p *page) see(n *html.Node) {
	for _, a := range n.Attr {
		if _, seen := p.attributes[a.Key]; !seen && strings.HasPrefix(a.Key, "data-") {
			p.attributes[a.Key] = a.Val
			if a.Key == Refused {
				p.refusal = words(n)
			}
		}
	}
	switch {
	case n.Data == "title" && p.title == "":
		p.title = words(n)
	case n.Data == "form":
		p.seeForm(n)
	case attr(n, "role") == "alert" && p.alert == "":
		p.alert = words(n)
	}
}

func (p *page) seeForm(n *html.Node) {
	f := &form{method: strings.ToUpper(attr(n, "method")), action: attr(n, "action"), fields: url.Values{}, field: attr(n, FragmentField)}
	for i := range n.Descendants() {
		if i.Type == html.ElementNode && i.Data == "input" && attr(i, "name") != "" {
			f.fields.Add(attr(i, "name"), attr(i, "value"))
		}
	}
	switch {
	case f.field != "":
		_, f.secret = find(n, FragmentSecret)
		p.fragmentForm = f
	case f.fields.Has("username"):
		f.field = "username"
		p.signIn = f
	}
}

// describe says where the browser has come to.
func (p page) describe(out *Result, status int, at *url.URL, body string) {
	out.URL, out.Status, out.Title, out.HTML = at.String(), status, p.title, body
	out.SignedInAs, out.AirflowUser = p.attributes[SignedInAs], p.attributes[AirflowUser]
	out.AirflowRole, out.Environment = p.attributes[AirflowRole], p.attributes[Environment]
	out.RefusedCode = p.attributes[Refused]
	switch {
	case p.refusal != "":
		out.Refused = p.refusal
	case p.signIn != nil:
		out.Refused = "Asked to sign in. " + p.alert
	case status >= 400 && p.alert != "":
		out.Refused = p.alert
	case status >= 400:
		out.Refused = http.StatusText(status)
	}
	out.Refused = strings.TrimSpace(out.Refused)
}

func attr(n *html.Node, name string) string {
	v, _ := find(n, name)
	return v
}

func find(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// words is the text of an element, with single spaces.
func words(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
			b.WriteString(" ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
