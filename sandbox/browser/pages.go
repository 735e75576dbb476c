package browser

import (
	"crypto/sha256"
	"encoding/base64"
)

// What the sandbox's pages say to machines, as attributes of any element.
const (
	// FragmentField is on a form of a page that reads the address's fragment, which
	// never reaches a server: the fragment goes into the form's field of that name,
	// and the form is sent.
	FragmentField = "data-fragment-field"
	// FragmentSecret is beside it where the fragment is a secret, not to be shown.
	FragmentSecret = "data-fragment-secret"
	// Refused has a word for why the person got no further ("no-assignment"); the
	// text of the element says it in words.
	Refused = "data-refused"
	// SignedInAs, AirflowUser, AirflowRole and Environment are on Airflow's pages.
	SignedInAs  = "data-signed-in-as"
	AirflowUser = "data-airflow-user"
	AirflowRole = "data-airflow-role"
	Environment = "data-environment"
)

// Script is what a page with a FragmentField form does in a browser.
const Script = `const form=document.querySelector("form[data-fragment-field]");` +
	`form.elements[form.dataset.fragmentField].value=location.hash.slice(1);` +
	`if(form.dataset.fragmentSecret!==undefined)history.replaceState(null,"",location.pathname+location.search);` +
	`form.submit();`

// ContentSecurityPolicy lets a page run Script and its own style, and nothing else.
func ContentSecurityPolicy() string {
	sum := sha256.Sum256([]byte(Script))
	return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; frame-ancestors 'none'"
}
