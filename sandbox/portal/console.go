package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"airpass/sandbox/mwaa"
)

func (s *Server) consoleHome(w http.ResponseWriter, _ *http.Request, ses *session) {
	s.show(w, http.StatusOK, view{Page: "console", Title: "Console Home", Session: ses, Region: ses.region})
}

// regionOf is the region that a page of the console was asked for. One that is none
// is the session's.
func regionOf(r *http.Request, ses *session) string {
	if region := r.URL.Query().Get("region"); regionForm.MatchString(region) {
		return region
	}
	return ses.region
}

// mwaaHome is MWAA's page in the console. Which of its views is meant is behind #.
func (s *Server) mwaaHome(w http.ResponseWriter, r *http.Request, ses *session) {
	s.show(w, http.StatusOK, view{Page: "handover", Title: "Amazon MWAA", Session: ses, Region: regionOf(r, ses), Action: "/mwaa/view", Field: "view"})
}

// mwaaView shows a view of MWAA's page: environments/<name>/sso goes on to Airflow,
// environments/<name> is about one environment, anything else is the list.
func (s *Server) mwaaView(w http.ResponseWriter, r *http.Request, ses *session) {
	region := regionOf(r, ses)
	parts := strings.Split(strings.TrimPrefix(r.URL.Query().Get("view"), "/"), "/")
	name := ""
	if len(parts) >= 2 && parts[0] == "environments" {
		name, _ = url.PathUnescape(parts[1])
	}
	switch {
	case name != "" && len(parts) == 3 && parts[2] == "sso":
		s.sso(w, r, ses, region, name)
	case name != "" && len(parts) == 2:
		e, err := s.opts.MWAA.GetEnvironment(ses.caller(), region, name)
		if err != nil {
			s.refuse(w, fromMWAA(err))
			return
		}
		s.show(w, http.StatusOK, view{Page: "environment", Title: e.Name, Session: ses, Region: region, Environment: &e, SSO: ssoLink(region, e.Name)})
	default:
		s.list(w, ses, region)
	}
}

// sso makes a web login token as the person's role session and hands the browser on.
func (s *Server) sso(w http.ResponseWriter, r *http.Request, ses *session, region, name string) {
	if !s.opts.SSOWithoutGetEnvironment {
		if _, err := s.opts.MWAA.GetEnvironment(ses.caller(), region, name); err != nil {
			s.refuse(w, fromMWAA(err))
			return
		}
	}
	login, err := s.opts.MWAA.CreateWebLoginToken(ses.caller(), region, name)
	if err != nil {
		s.refuse(w, fromMWAA(err))
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, s.opts.AirflowURL+login.Path(), http.StatusSeeOther)
}

// list is what the console shows when it finds no view: the environments, or that
// the role may not list them.
func (s *Server) list(w http.ResponseWriter, ses *session, region string) {
	v := view{Page: "environments", Title: "Amazon MWAA environments", Session: ses, Region: region}
	names, err := s.opts.MWAA.ListEnvironments(ses.caller(), region)
	if err != nil {
		v.Words = fromMWAA(err).words
	}
	for _, name := range names {
		v.Environments = append(v.Environments, listed{name, ssoLink(region, name)})
	}
	s.show(w, http.StatusOK, v)
}

func ssoLink(region, name string) string {
	return "/mwaa/home?region=" + region + "#environments/" + name + "/sso"
}

// fromMWAA is an error of MWAA's API as the console shows it.
func fromMWAA(err error) refusal {
	var api *mwaa.APIError
	if !errors.As(err, &api) {
		return refusal{http.StatusInternalServerError, "error", "Something went wrong", "MWAA did not answer."}
	}
	code := map[string]string{
		mwaa.CodeAccessDenied: "denied", mwaa.CodeResourceNotFound: "no-environment", mwaa.CodeValidation: "environment-not-available",
	}[api.Code]
	if code == "" {
		code = "error"
	}
	return refusal{api.Status, code, "Amazon MWAA: " + api.Code, api.Message}
}
