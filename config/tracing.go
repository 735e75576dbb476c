package config

import (
	"regexp"
	"strconv"
)

// Tracing is where OpenTelemetry traces go; nowhere without an endpoint.
type Tracing struct {
	OTLPEndpoint string // base URL without a trailing "/"; may be empty
	Headers      map[string]Secret
	SampleRatio  float64 // of requests: 0 to 1
}

// headerName is the name of an HTTP header (a token of RFC 9110, section 5.6.2).
var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$")

func readTracing(root *section) Tracing {
	s := root.section("tracing")
	defer s.close()
	c := Tracing{OTLPEndpoint: s.base("otlp_endpoint", "write the collector's base URL, such as https://otel.example.com:4318"), SampleRatio: s.share("sample_ratio", 1)}
	headers := s.section("headers")
	for _, name := range headers.keys(rule{pattern: headerName}) {
		secret := headers.secret(name, false)
		if !headerName.MatchString(name) {
			s.r.problem(headers.name(strconv.Quote(name)), "is not the name of an HTTP header", "write a name such as Authorization")
			continue
		}
		if c.Headers == nil {
			c.Headers = map[string]Secret{}
		}
		c.Headers[name] = secret
	}
	if len(c.Headers) > 0 && c.OTLPEndpoint == "" && !s.reported("otlp_endpoint") {
		s.problem("headers", "are for a collector, and none is named", "add otlp_endpoint")
	}
	return c
}
