package config

import (
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// config reads the whole file.
func (r *reader) config(root *section, c *Config) {
	c.Sandbox = readSandbox(root)
	r.harmless = c.Sandbox.ClockURL != ""
	c.Slack = readSlack(root)
	c.Okta = readOkta(root)
	c.AWS = readAWS(root)
	c.Secrets = readSecrets(root)
	c.PagerDuty = readPagerDuty(root)
	c.Environments = readEnvironments(root, c)
	c.Hours = root.hours()
	c.Times = readTimes(root)
	policies := readPolicies(root, c)
	c.targets = readTargets(root, c, policies)
	policies.warnOfUnused(r)
	c.Schedules = readSchedules(root, c.Times)
	c.Doctor = readDoctor(root)
	c.Drift = readDrift(root, c.AWS.Cuts != nil)
	c.Retention = readRetention(root)
	c.Caps = readCaps(root)
	c.Quotas = readQuotas(root)
	c.Store = readStore(root)
	c.Audit = readAudit(root)
	c.HTTP = readHTTP(root, c.Slack)
	c.Log = readLog(root)
	c.Tracing = readTracing(root)
	c.Admins = root.texts("admins", oktaLogin)
	c.Campaigns = readCampaigns(root, c)
	c.LastUse = readLastUse(root)
	c.Webhooks = readWebhooks(root)
	root.close()
	r.checkAccounts(c)
}

func readSandbox(root *section) Sandbox {
	s := root.section("sandbox")
	defer s.close()
	const mend = "write the sandbox's clock, like http://127.0.0.1:9000/clock, or remove the section"
	u := s.address("clock_url", mend)
	if u == nil {
		return Sandbox{}
	}
	if !loopback(u.Hostname()) {
		s.problem("clock_url", "is on another machine: a real airpass follows its own clock", mend)
		return Sandbox{}
	}
	return Sandbox{ClockURL: u.String()}
}

func readPagerDuty(root *section) PagerDuty {
	if !root.has("pagerduty") {
		root.section("pagerduty").close()
		return PagerDuty{}
	}
	s := root.section("pagerduty")
	defer s.close()
	s.r.schedules = true
	api := s.address("api_url", "write https://api.pagerduty.com, or https://api.eu.pagerduty.com for an account in the EU, or leave it out")
	local := api != nil && loopback(api.Hostname())
	c := PagerDuty{APIURL: "https://api.pagerduty.com", APIToken: s.needSecret("api_token", local)}
	if api != nil {
		c.APIURL = strings.TrimRight(api.String(), "/")
	}
	c.OnCall = s.texts("on_call", pagerSchedule)
	return c
}

func readSlack(root *section) Slack {
	s, ok := root.required("slack")
	if !ok {
		return Slack{}
	}
	defer s.close()
	c := Slack{APIURL: "https://slack.com/api/", Mode: s.oneOf("mode", "socket", "socket", "http")}
	api := s.address("api_url", "write https://slack.com/api/ or leave it out")
	if api != nil {
		c.APIURL = strings.TrimRight(api.String(), "/") + "/"
	}
	local := api != nil && loopback(api.Hostname())
	c.BotToken = s.token("bot_token", "xoxb-", s.needSecret("bot_token", local))
	s.arrival(&c, local)
	c.Team = s.text("team", slackTeam)
	c.Command = s.optional("command", "/airflow", slackCommand)
	c.AllowedDomains = s.domains("allowed_domains")
	c.RequestsChannel = s.optional("requests_channel", "", slackChannel)
	c.AdminChannel = s.text("admin_channel", slackChannel)
	c.NotifyMax = s.whole("notify_max", 10, 1, 50)
	c.AwayStatus = s.texts("away_status", slackEmoji)
	c.Language = s.oneOf("language", "en", "en", "de")
	return c
}

// arrival reads how what people do in Slack comes here. What the other mode needs may
// stand there: who changes the mode need not edit the rest. An address that nobody
// listens on would mislead.
func (s *section) arrival(c *Slack, local bool) {
	if c.Mode == "http" {
		c.AppToken = s.token("app_token", "xapp-", s.secret("app_token", local))
		c.SigningSecret = s.needSecret("signing_secret", local)
	} else {
		c.AppToken = s.token("app_token", "xapp-", s.needSecret("app_token", local))
		c.SigningSecret = s.secret("signing_secret", local)
	}
	c.Listen = s.listen("127.0.0.1:3000")
	c.Path = s.optional("path", "/slack", slackPath)
	for _, field := range []string{"listen", "path"} {
		if c.Mode == "socket" && s.has(field) && !s.reported(field) {
			s.r.warn(s.name(field), "is not read in mode socket", "write mode: http, or remove it")
		}
	}
}

// listen reads an address to listen on.
func (s *section) listen(usual string) string {
	address := s.optional("listen", usual, listenOn)
	_, port, err := net.SplitHostPort(address)
	_, numErr := strconv.ParseUint(port, 10, 16)
	if (err != nil || numErr != nil) && !s.reported("listen") {
		s.problem("listen", quote(address)+" is not an address to listen on", listenOn.mend)
	}
	return address
}

// token reports a secret that is not of the kind its prefix tells, without showing it.
func (s *section) token(field, prefix string, secret Secret) Secret {
	if !secret.IsZero() && !strings.HasPrefix(secret.Reveal(), prefix) {
		s.problem(field, "does not begin with "+prefix, "take the other kind of token from the Slack app's pages")
	}
	return secret
}

// domains reads mail domains and lowers their case.
func (s *section) domains(field string) []string {
	s.r.sketch.text(element(s.name(field)), "", mailDomain)
	s.r.sketch.more(element(s.name(field)), "pattern", asciiLower(mailDomain))
	s.r.sketch.atLeastOne(s.name(field))
	if !s.present(field, "list the domains of your people's addresses, like [example.com]") {
		return nil
	}
	var all []string
	paths, nodes := s.items(field)
	for i, n := range nodes {
		text, ok := s.r.scalar(paths[i], n, mailDomain)
		if n == nil {
			s.r.problem(paths[i], "is empty", mailDomain.mend)
		}
		if !ok || !s.r.check(paths[i], strings.ToLower(text), mailDomain) {
			continue
		}
		if text = strings.ToLower(text); slices.Contains(all, text) {
			s.r.problem(paths[i], quote(text)+" is in the list twice", "remove one of the two")
			continue
		}
		all = append(all, text)
	}
	if len(nodes) == 0 && !s.reportedWithin(field) {
		s.problem(field, "is empty: nobody could ask for anything", mailDomain.mend)
	}
	return all
}

func readTimes(root *section) Times {
	s := root.section("times")
	defer s.close()
	remind, _ := s.duration("remind_before", 15*time.Minute, 0, 30*day)
	return Times{
		RemindBefore:        remind,
		RequestLapse:        s.span("request_lapse", 8*time.Hour),
		ProvisioningTimeout: s.span("provisioning_timeout", time.Hour),
		SettleWindow:        s.span("settle_window", 15*time.Minute),
		DeactivationSweep:   s.span("deactivation_sweep", 5*time.Minute),
		OverdueAfter:        s.span("overdue_after", 5*time.Minute),
		ClickDeadline:       s.span("click_deadline", 10*time.Minute),
		LinkWarningAfter:    s.span("link_warning_after", 5*time.Minute),
	}
}

// readSchedules reads when things are done. How often people who left are looked for
// is said in times, unless there is a schedule for it.
func readSchedules(root *section, times Times) Schedules {
	s := root.section("schedules")
	defer s.close()
	if _, both := s.r.at["times.deactivation_sweep"]; both && s.has("deactivation") {
		s.r.warn("times.deactivation_sweep", "is not read where schedules.deactivation is set", "remove one of the two")
	}
	return Schedules{
		Sweep:        s.schedule("sweep", "@every 15s"),
		Deactivation: s.schedule("deactivation", "@every "+max(times.DeactivationSweep, time.Second).String()),
		AuditHead:    s.schedule("audit_head", "@every 1h"),
	}
}

// readDoctor reads when everything outside is looked at; it is not unless that is said.
func readDoctor(root *section) Doctor {
	s := root.section("doctor")
	defer s.close()
	if !s.has("schedule") {
		s.value("schedule")
		return Doctor{}
	}
	return Doctor{Calendar: s.calendar("schedule")}
}

func readCaps(root *section) Caps {
	s := root.section("caps")
	defer s.close()
	return Caps{InferredMax: s.whole("inferred_max", 10, 0, 10_000), InferredShare: s.share("inferred_share", 0.1)}
}

// readQuotas bounds each budget by what the vendor allows the whole account:
// https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html,
// https://developer.okta.com/docs/reference/rl-best-practices/.
func readQuotas(root *section) Quotas {
	s := root.section("quotas")
	defer s.close()
	return Quotas{
		IdentityCenterPerSecond: s.whole("identity_center_per_second", 10, 1, 20),
		IdentityStorePerSecond:  s.whole("identity_store_per_second", 10, 1, 20),
		OutstandingAssignments:  s.whole("outstanding_assignments", 10, 1, 15),
		OktaPerMinute:           s.whole("okta_per_minute", 300, 1, 100_000),
		OktaConcurrent:          s.whole("okta_concurrent", 20, 1, 75),
	}
}

// storeURL is how the two stores' addresses begin.
var storeURL = regexp.MustCompile(`^(sqlite:|postgres(ql)?://)`)

func readStore(root *section) Store {
	s := root.section("store")
	defer s.close()
	const mend = "write sqlite:airpass.db, or {env: AIRPASS_STORE_URL} holding postgres://…"
	s.r.sketch.text(s.name("url"), "sqlite:airpass.db", rule{mend: mend, pattern: storeURL})
	s.r.sketch.secret(s.name("url"))
	if !s.has("url") {
		s.value("url")
		return s.r.sqlite("airpass.db")
	}
	n := s.value("url")
	var secret Secret
	plain := !isMap(n)
	if plain {
		text, ok := s.r.scalar(s.name("url"), n, rule{mend: mend})
		if !ok {
			return Store{}
		}
		secret = NewSecret(text)
	} else if secret = s.r.secret(s.name("url"), n, false); secret.IsZero() {
		return Store{}
	}
	if path, ok := strings.CutPrefix(secret.Reveal(), "sqlite:"); ok {
		if strings.TrimSpace(path) == "" || strings.ContainsAny(path, "?#\x00") {
			s.problem("url", "names no file", mend)
			return Store{}
		}
		return s.r.sqlite(path)
	}
	return s.postgres(secret, plain, mend)
}

// sqlite is a store in a file. A relative path begins beside the configuration, so
// that every command finds the same file wherever it is started.
func (r *reader) sqlite(path string) Store {
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	return Store{URL: NewSecret("sqlite:" + path), Kind: SQLite, Path: path, Display: "sqlite:" + filepath.Base(path)}
}

func (s *section) postgres(secret Secret, plain bool, mend string) Store {
	u, err := url.Parse(secret.Reveal())
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		s.problem("url", "begins neither with sqlite: nor with postgres://", mend)
		return Store{}
	}
	if u.Hostname() == "" && u.Query().Get("host") == "" {
		s.problem("url", "names no host", "write postgres://HOST/DATABASE")
		return Store{}
	}
	_, password := u.User.Password()
	password = password || u.Query().Has("password")
	if plain && password && !loopback(u.Hostname()) && !s.r.harmless {
		s.r.warn(s.name("url"), "has a password written into the file", "write {env: AIRPASS_STORE_URL} or {file: PATH}")
	}
	return Store{URL: secret, Kind: Postgres, Display: "postgres://" + u.Host + u.EscapedPath()}
}

func readHTTP(root *section, slack Slack) HTTP {
	s := root.section("http")
	defer s.close()
	c := HTTP{Listen: s.listen("127.0.0.1:8080")}
	if slack.Mode == "http" && sameAddress(c.Listen, slack.Listen) {
		s.problem("listen", "is also slack.listen: Slack's side of the proxy would see probes and metrics", "give one of the two another port")
	}
	return c
}

// sameAddress says whether two cannot be listened on both: the same port, of one host or
// of every host. Port 0 is a port of its own each time.
func sameAddress(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	every := func(host string) bool { ip := net.ParseIP(host); return host == "" || ip != nil && ip.IsUnspecified() }
	return errA == nil && errB == nil && portA == portB && strings.Trim(portA, "0") != "" && (hostA == hostB || every(hostA) || every(hostB))
}
