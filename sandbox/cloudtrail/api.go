package cloudtrail

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/sandbox/control"
	"airpass/sandbox/sts"
)

// The services, as X-Amz-Target names them.
const (
	trail = "CloudTrail_20131101"
	logs  = "Logs_20140328"
)

// keeps is how long the event history goes back; mostPerLookup the most of one page of it.
const (
	keeps         = 90 * 24 * time.Hour
	mostPerLookup = 50
)

// apiError is an error of either service.
type apiError struct {
	status      int
	code, words string
}

func refuse(code, format string, args ...any) *apiError {
	return &apiError{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
}

// call is one request.
type call struct {
	body                 []byte
	arn, account, region string
}

// read decodes the request strictly: a member that is not known here would be ignored
// where AWS does something.
func (c *call) read(into any) *apiError {
	dec := json.NewDecoder(bytes.NewReader(c.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return refuse("SerializationException", "the request body: %v", err)
	}
	return nil
}

func (s *Server) newHandler() http.Handler {
	ops := map[string]func(*call) (any, *apiError){trail + ".LookupEvents": s.lookupEvents, logs + ".FilterLogEvents": s.filterLogEvents}
	opOf := func(r *http.Request) string {
		target := r.Header.Get("X-Amz-Target")
		if ops[target] == nil {
			return ""
		}
		return target[strings.IndexByte(target, '.')+1:]
	}
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		do := ops[r.Header.Get("X-Amz-Target")]
		if do == nil {
			answer(w, nil, refuse("UnknownOperationException", "no such operation"))
			return
		}
		c := &call{body: body}
		refusal := s.authenticate(c, r)
		var out any
		s.mu.Lock()
		if refusal == nil && s.denied[opOf(r)] {
			refusal = refuse("AccessDeniedException", "User: %s is not authorized to perform: %s because no identity-based policy allows it", c.arn, opOf(r))
		}
		if refusal == nil {
			out, refusal = do(c)
		}
		s.mu.Unlock()
		answer(w, out, refusal)
	})
	return s.faults.Middleware(opOf, answerFault, serve)
}

// signedFor finds the region in a version 4 signature.
var signedFor = regexp.MustCompile(`Credential=[^/,]+/\d{8}/([^/,]+)/`)

func (s *Server) authenticate(c *call, r *http.Request) *apiError {
	id, at := sts.AccessKeyID(r), signedFor.FindStringSubmatch(r.Header.Get("Authorization"))
	if id == "" || at == nil {
		return refuse("MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	arn, account, ok := s.opts.Callers.Identity(id)
	if !ok {
		return refuse("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	c.arn, c.account, c.region = arn, account, at[1]
	return nil
}

// lookup is a request to LookupEvents.
type lookup struct {
	LookupAttributes   []struct{ AttributeKey, AttributeValue string }
	StartTime, EndTime *float64
	MaxResults         *int
	NextToken          string
}

func (l lookup) check() *apiError {
	switch {
	case len(l.LookupAttributes) != 1 || l.LookupAttributes[0].AttributeKey != "EventName":
		return refuse("InvalidLookupAttributesException", "Exactly one lookup attribute, EventName, is understood here.")
	case l.MaxResults != nil && (*l.MaxResults < 1 || *l.MaxResults > mostPerLookup):
		return refuse("InvalidMaxResultsException", "A max results value of %d is invalid. Specify max results between 1 and %d.", *l.MaxResults, mostPerLookup)
	case l.StartTime != nil && l.EndTime != nil && *l.StartTime > *l.EndTime:
		return refuse("InvalidTimeRangeException", "The start time is after the end time.")
	}
	return nil
}

func (s *Server) lookupEvents(c *call) (any, *apiError) {
	var in lookup
	if refusal := c.read(&in); refusal != nil {
		return nil, refusal
	}
	if refusal := in.check(); refusal != nil {
		return nil, refusal
	}
	if s.hurried("LookupEvents "+c.account+" "+c.region, 2) {
		return nil, refuse("ThrottlingException", "Rate exceeded")
	}
	now := s.opts.Clock.Now()
	from, until, name := now.Add(-keeps), now, in.LookupAttributes[0].AttributeValue
	if in.StartTime != nil && seconds(*in.StartTime).After(from) {
		from = seconds(*in.StartTime)
	}
	if in.EndTime != nil {
		until = seconds(*in.EndTime)
	}
	same := fmt.Sprint("LookupEvents", c.account, c.region, name, in.StartTime == nil, in.EndTime == nil)
	var found []event
	if s.opts.InHistory {
		found = s.delivered(from, until, func(e event) bool { return e.Name == name && e.Account == c.account && e.Region == c.region })
	}
	most := mostPerLookup
	if in.MaxResults != nil {
		most = *in.MaxResults
	}
	page, next, ok := cut(found, in.NextToken, same, most)
	if !ok {
		return nil, refuse("InvalidNextTokenException", "The token is invalid, or was used with other parameters.")
	}
	all := []any{}
	for _, e := range page {
		session := e.ARN[strings.LastIndexByte(e.ARN, '/')+1:]
		all = append(all, map[string]any{"EventId": e.id, "EventName": e.Name, "ReadOnly": "false", "EventTime": float64(e.At.Unix()),
			"EventSource": "airflow.amazonaws.com", "Username": session, "CloudTrailEvent": e.json()})
	}
	out := map[string]any{"Events": all}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

func seconds(t float64) time.Time { return time.UnixMilli(int64(t * 1000)).UTC() }

// search is a request to FilterLogEvents.
type search struct {
	LogGroupName       string `json:"logGroupName"`
	FilterPattern      string `json:"filterPattern"`
	StartTime, EndTime int64
	Limit              int
	NextToken          string
	StartFromHead      *bool
}

// field is a comparison in a filter pattern, whose && and || are not looked at: the values
// of each field are alternatives.
var field = regexp.MustCompile(`\(\$\.(eventSource|eventName) = "([^"]+)"\)`)

func (s *Server) filterLogEvents(c *call) (any, *apiError) {
	var in search
	if refusal := c.read(&in); refusal != nil {
		return nil, refusal
	}
	wanted := map[string][]string{}
	for _, m := range field.FindAllStringSubmatch(in.FilterPattern, -1) {
		wanted[m[1]] = append(wanted[m[1]], m[2])
	}
	switch {
	case len(wanted) != 2 || in.Limit < 1 || in.Limit > 10000 || in.StartTime > in.EndTime:
		return nil, refuse("InvalidParameterException", "The pattern, the limit or the times are not valid here.")
	case s.opts.LogGroup == "" || in.LogGroupName != s.opts.LogGroup || c.account != s.opts.LogAccount || c.region != s.opts.LogRegion:
		return nil, refuse("ResourceNotFoundException", "The specified log group does not exist.")
	case s.hurried("FilterLogEvents "+c.account+" "+c.region, 10):
		return nil, refuse("ThrottlingException", "Rate exceeded")
	}
	found := s.delivered(time.UnixMilli(in.StartTime), time.UnixMilli(in.EndTime), func(e event) bool { return slices.Contains(wanted["eventName"], e.Name) })
	if in.NextToken == "" && (in.StartFromHead == nil || *in.StartFromHead) {
		slices.Reverse(found)
	}
	same := fmt.Sprint("FilterLogEvents", in.FilterPattern, in.StartTime, in.EndTime)
	if in.NextToken == "" {
		// A first page may be empty with others after it, and here always is.
		return map[string]any{"events": []any{}, "searchedLogStreams": []any{}, "nextToken": token(same, 0)}, nil
	}
	page, next, ok := cut(found, in.NextToken, same, min(s.opts.Page, in.Limit))
	if !ok {
		return nil, refuse("InvalidParameterException", "The specified nextToken is invalid.")
	}
	all := []any{}
	for _, e := range page {
		all = append(all, map[string]any{"logStreamName": e.Account + "_CloudTrail_" + e.Region, "timestamp": e.At.UnixMilli(), "message": e.json(),
			"ingestionTime": e.At.Add(s.opts.Delay).UnixMilli(), "eventId": e.id})
	}
	out := map[string]any{"events": all, "searchedLogStreams": []any{}}
	if next != "" {
		out["nextToken"] = next
	}
	return out, nil
}

func token(same string, at int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(same + "\n" + strconv.Itoa(at)))
}

// cut is the page of a token, which is of the same request only.
func cut(all []event, given, same string, most int) (page []event, next string, ok bool) {
	at := 0
	if given != "" {
		raw, err := base64.RawURLEncoding.DecodeString(given)
		before, where, _ := strings.Cut(string(raw), "\n")
		if at, _ = strconv.Atoi(where); err != nil || before != same || at < 0 {
			return nil, "", false
		}
	}
	all = all[min(at, len(all)):]
	if len(all) <= most {
		return all, "", true
	}
	return all[:most], token(same, at+most), true
}

func answer(w http.ResponseWriter, out any, refusal *apiError) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Requestid", newUUID())
	if refusal == nil {
		_ = json.NewEncoder(w).Encode(out)
		return
	}
	w.WriteHeader(refusal.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": refusal.code, "message": refusal.words})
}

func answerFault(w http.ResponseWriter, _ *http.Request, op string, fault control.Fault) bool {
	e := map[string]*apiError{
		"throttled":   refuse("ThrottlingException", "Rate exceeded"),
		"unavailable": {http.StatusServiceUnavailable, "ServiceUnavailable", "The service is unavailable."},
		"denied":      refuse("AccessDeniedException", "User is not authorized to perform this action"),
		"token":       refuse("InvalidNextTokenException", "The token is invalid."),
	}[fault.Answer]
	if e == nil {
		return false
	}
	if op == "FilterLogEvents" && fault.Answer == "token" {
		e = refuse("InvalidParameterException", "The specified nextToken is invalid.")
	}
	answer(w, nil, e)
	return true
}
