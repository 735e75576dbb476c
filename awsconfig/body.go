package awsconfig

import (
	"cmp"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"airpass/outbound"
)

// plainBodies sends requests whose bodies can be read only. The SDK's own bodies
// also copy themselves, and when they are closed, as they are once the answer
// begins, that copying reports io.EOF as an error; net/http, still looking whether
// anything follows the body, takes it for a failed request and closes the
// connection while the answer is being read. A good answer, of a change that was
// carried out too, would then look like none (smithy-go v1.28.8,
// internal/io/safe.go: WriteTo).
type plainBodies struct{ client aws.HTTPClient }

func withPlainBodies(client aws.HTTPClient) aws.HTTPClient {
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	return plainBodies{client}
}

// Do sends a request, and notes the id that AWS gives to it, which CloudTrail has as requestID.
func (p plainBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	answer, err := p.client.Do(r)
	if err == nil {
		outbound.Heard(r.Context(), cmp.Or(answer.Header.Get("X-Amzn-Requestid"), answer.Header.Get("X-Amz-Request-Id")))
	}
	return answer, err
}
