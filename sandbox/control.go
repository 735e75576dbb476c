package sandbox

import (
	"net/http"

	"airpass/sandbox/control"
)

// Addresses are where a world is reached, each without a closing slash.
type Addresses struct {
	Control        string `json:"control"`         // the clock, faults and states of every vendor
	Slack          string `json:"slack"`           // Web API under /api/
	Okta           string `json:"okta"`            // the org
	IdentityCenter string `json:"identity_center"` // sso-admin and identitystore
	STS            string `json:"sts"`
	MWAA           string `json:"mwaa"`    // API, and the Airflow web servers
	Portal         string `json:"portal"`  // access portal under /start, and the console
	Secrets        string `json:"secrets"` // Secrets Manager and the Parameter Store
	PagerDuty      string `json:"pagerduty"`
	CloudTrail     string `json:"cloudtrail"` // and CloudWatch Logs
	S3             string `json:"s3"`
}

// Addresses returns where the world is reached.
func (w *World) Addresses() Addresses {
	s := w.sites
	return Addresses{Control: s.control.URL(), Slack: s.slack.URL(), Okta: s.okta.URL(), IdentityCenter: s.aws.URL(),
		STS: s.sts.URL(), MWAA: s.mwaa.URL(), Portal: s.portal.URL(), Secrets: s.secrets.URL(), PagerDuty: s.pagerduty.URL(), CloudTrail: s.cloudtrail.URL(), S3: s.s3.URL()}
}

// controlAPI is the control server:
//
//	GET  /            the addresses and the people
//	     /clock/…     control.Clock's API
//	     /slack/…     faults, calls, and workspace's StateAPI
//	     /okta/…      faults, calls, and okta's StateAPI
//	     /identitycenter/…, /mwaa/…   the same
//	     /sts/…, /secrets/…, /pagerduty/…, /cloudtrail/…   faults and calls
//	     /portal/…    portal's StateAPI
func (w *World) controlAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, _ *http.Request) {
		control.WriteJSON(rw, http.StatusOK, map[string]any{"addresses": w.Addresses(), "people": w.People(), "targets": w.Targets()})
	})
	mux.Handle("/clock/", http.StripPrefix("/clock", w.Clock.API()))
	mux.Handle("/clock", prefixed{w.Clock.API()})
	vendor := func(name string, faults *control.Faults, state http.Handler) {
		prefix := "/" + name
		if faults != nil {
			for _, path := range []string{"/faults", "/calls"} {
				mux.Handle(prefix+path, http.StripPrefix(prefix, faults.API()))
			}
		}
		if state != nil {
			mux.Handle(prefix+"/", http.StripPrefix(prefix, state))
		}
	}
	vendor("slack", w.Slack.Faults(), w.Slack.StateAPI())
	vendor("okta", w.Okta.Faults(), w.Okta.StateAPI())
	vendor("identitycenter", w.IdentityCenter.Faults(), w.IdentityCenter.StateAPI())
	vendor("sts", w.STS.Faults(), nil)
	vendor("secrets", w.Secrets.Faults(), nil)
	vendor("pagerduty", w.PagerDuty.Faults(), nil)
	vendor("cloudtrail", w.CloudTrail.Faults(), nil)
	vendor("s3", w.S3.Faults(), nil)
	vendor("mwaa", w.MWAA.Faults(), w.MWAA.StateAPI())
	vendor("portal", nil, w.Portal.StateAPI())
	return mux
}

// prefixed serves the root of a handler, without the redirect that a client of
// "/clock" would have to follow.
type prefixed struct{ http.Handler }

// ServeHTTP serves the root.
func (p prefixed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	root := r.Clone(r.Context())
	root.URL.Path, root.URL.RawPath = "/", ""
	p.Handler.ServeHTTP(w, root)
}
