package objects

import (
	"cmp"
	"crypto/md5" //nolint:gosec // as the protocol has it
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/sandbox/control"
	"airpass/sandbox/sts"
)

// apiError is an error in S3's form.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
type apiError struct {
	status      int
	code, words string
}

func refuse(code, words string) *apiError { return &apiError{http.StatusBadRequest, code, words} }

// call is one request.
type call struct {
	*http.Request
	bucket *bucket
	name   string // of the bucket
	key    string
	body   []byte
	header http.Header // of the answer
}

// operation is one of S3's: who may do it, and what it does.
type operation struct {
	actions func(*call) []string
	do      func(*call) (any, *apiError)
}

func only(action string) func(*call) []string {
	return func(*call) []string { return []string{action} }
}

func (s *Server) operations() map[string]operation {
	return map[string]operation{
		"PutObject":                  {writing, s.putObject},
		"GetObject":                  {reading, s.getObject},
		"DeleteObject":               {deleting, s.deleteObject},
		"ListObjectVersions":         {only("s3:ListBucketVersions"), s.listVersions},
		"GetObjectLockConfiguration": {only("s3:GetBucketObjectLockConfiguration"), s.lockConfiguration},
	}
}

// opOf is the operation of a request; empty if it is none that is served.
func opOf(r *http.Request) string {
	_, key := split(r)
	query := r.URL.Query()
	switch {
	case r.Method == http.MethodGet && key == "" && query.Has("versions"):
		return "ListObjectVersions"
	case r.Method == http.MethodGet && key == "" && query.Has("object-lock"):
		return "GetObjectLockConfiguration"
	case key == "" || len(query) > 0 && !query.Has("versionId") && !query.Has("x-id"):
		return ""
	}
	return map[string]string{http.MethodPut: "PutObject", http.MethodGet: "GetObject", http.MethodDelete: "DeleteObject"}[r.Method]
}

func split(r *http.Request) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return bucket, key
}

func (s *Server) newHandler() http.Handler {
	ops := s.operations()
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{Request: r, header: w.Header()}
		out, refusal := s.carryOut(c, ops)
		answer(w, out, refusal)
	})
	return s.faults.Middleware(opOf, answerFault, serve)
}

func (s *Server) carryOut(c *call, ops map[string]operation) (any, *apiError) {
	op, known := ops[opOf(c.Request)]
	if !known {
		return nil, &apiError{http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented."}
	}
	id := sts.AccessKeyID(c.Request)
	if _, _, ok := s.opts.Callers.Identity(id); !ok {
		return nil, &apiError{http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.name, c.key = split(c.Request)
	if c.bucket = s.buckets[c.name]; c.bucket == nil {
		return nil, &apiError{http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist"}
	}
	for _, action := range op.actions(c) {
		if s.denied[action] {
			return nil, &apiError{http.StatusForbidden, "AccessDenied", "User is not authorized to perform: " + action + " on resource: \"arn:aws:s3:::" + c.name + "/" + c.key + "\" because no identity-based policy allows the " + action + " action"}
		}
	}
	var err error
	if c.body, err = io.ReadAll(io.LimitReader(c.Body, 1<<20)); err != nil {
		return nil, refuse("IncompleteBody", err.Error())
	}
	return op.do(c)
}

// The headers of a lock.
const (
	lockMode  = "X-Amz-Object-Lock-Mode"
	lockUntil = "X-Amz-Object-Lock-Retain-Until-Date"
)

func writing(c *call) []string {
	if c.Header.Get(lockMode) != "" {
		return []string{"s3:PutObject", "s3:PutObjectRetention"}
	}
	return []string{"s3:PutObject"}
}

func reading(c *call) []string {
	if c.URL.Query().Has("versionId") {
		return []string{"s3:GetObjectVersion"}
	}
	return []string{"s3:GetObject"}
}

func deleting(c *call) []string {
	switch {
	case c.bypasses():
		return []string{"s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"}
	case c.URL.Query().Has("versionId"):
		return []string{"s3:DeleteObjectVersion"}
	}
	return []string{"s3:DeleteObject"}
}

func (c *call) bypasses() bool {
	return strings.EqualFold(c.Header.Get("X-Amz-Bypass-Governance-Retention"), "true")
}

func (s *Server) putObject(c *call) (any, *apiError) {
	v := version{key: c.key, body: c.body, contentType: cmp.Or(c.Header.Get("Content-Type"), "binary/octet-stream"), at: s.opts.Clock.Now()}
	sums, refusal := c.checksums()
	if refusal != nil {
		return nil, refusal
	}
	if refusal := s.lock(c, &v, sums > 0); refusal != nil {
		return nil, refusal
	}
	if match := c.Header.Get("If-None-Match"); match != "" {
		if match != "*" {
			return nil, &apiError{http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented"}
		}
		if old := c.bucket.newest(c.key); old != nil && !old.marker {
			return nil, &apiError{http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"}
		}
	}
	v.checksum = c.Header.Get("X-Amz-Checksum-Sha256")
	if id := c.bucket.add(v); id != "null" {
		c.header.Set("X-Amz-Version-Id", id)
	}
	c.header.Set("Etag", etag(c.body))
	if v.checksum != "" {
		c.header.Set("X-Amz-Checksum-Sha256", v.checksum)
	}
	return nil, nil
}

// checksums counts what says how the body has to be, and holds the body to it.
func (c *call) checksums() (n int, refusal *apiError) {
	crc := crc32.ChecksumIEEE(c.body)
	sum, short := sha256.Sum256(c.body), md5.Sum(c.body) //nolint:gosec // as the protocol has it
	for name, is := range map[string][]byte{"X-Amz-Checksum-Sha256": sum[:], "X-Amz-Checksum-Crc32": {byte(crc >> 24), byte(crc >> 16), byte(crc >> 8), byte(crc)}, "Content-Md5": short[:]} {
		sent := c.Header.Get(name)
		if sent == "" {
			continue
		}
		n++
		if sent != base64.StdEncoding.EncodeToString(is) {
			if name == "Content-Md5" {
				return n, refuse("BadDigest", "The Content-MD5 you specified did not match what we received.")
			}
			return n, refuse("BadDigest", "The "+strings.ToUpper(strings.TrimPrefix(name, "X-Amz-Checksum-"))+" you specified did not match the calculated checksum.")
		}
	}
	return n, nil
}

// lock reads the lock of what is written.
func (s *Server) lock(c *call, v *version, checked bool) *apiError {
	mode, until := c.Header.Get(lockMode), c.Header.Get(lockUntil)
	switch {
	case mode == "" && until == "":
		return nil
	case mode == "" || until == "":
		return refuse("InvalidArgument", "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")
	case mode != "GOVERNANCE" && mode != "COMPLIANCE":
		return refuse("InvalidArgument", "Unknown wormMode directive.")
	case !checked:
		return refuse("InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters")
	case !c.bucket.locks:
		return refuse("InvalidRequest", "Bucket is missing ObjectLockConfiguration")
	}
	at, err := time.Parse(time.RFC3339, until)
	if err != nil || !at.After(s.opts.Clock.Now()) {
		return refuse("InvalidArgument", "The retain until date must be in the future!")
	}
	v.mode, v.until = mode, at
	return nil
}

func (s *Server) getObject(c *call) (any, *apiError) {
	id := c.URL.Query().Get("versionId")
	v := c.bucket.newest(c.key)
	if id != "" {
		i := slices.IndexFunc(c.bucket.versions, func(v version) bool { return v.key == c.key && v.id == id })
		if i < 0 {
			return nil, &apiError{http.StatusNotFound, "NoSuchVersion", "The specified version does not exist."}
		}
		v = &c.bucket.versions[i]
	}
	switch {
	case v == nil:
		return nil, &apiError{http.StatusNotFound, "NoSuchKey", "The specified key does not exist."}
	case v.marker && id != "":
		return nil, &apiError{http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource."}
	case v.marker:
		c.header.Set("X-Amz-Delete-Marker", "true")
		return nil, &apiError{http.StatusNotFound, "NoSuchKey", "The specified key does not exist."}
	}
	c.header.Set("Content-Type", v.contentType)
	c.header.Set("Etag", etag(v.body))
	c.header.Set("Last-Modified", v.at.UTC().Format(http.TimeFormat))
	if v.id != "null" {
		c.header.Set("X-Amz-Version-Id", v.id)
	}
	if v.checksum != "" && c.Header.Get("X-Amz-Checksum-Mode") != "" {
		c.header.Set("X-Amz-Checksum-Sha256", v.checksum)
	}
	if v.mode != "" {
		c.header.Set(lockMode, v.mode)
		c.header.Set(lockUntil, v.until.UTC().Format(time.RFC3339))
	}
	return v.body, nil
}

func (s *Server) deleteObject(c *call) (any, *apiError) {
	id := c.URL.Query().Get("versionId")
	switch {
	case id == "" && c.bucket.locks:
		marker := c.bucket.add(version{key: c.key, at: s.opts.Clock.Now(), marker: true})
		c.header.Set("X-Amz-Version-Id", marker)
		c.header.Set("X-Amz-Delete-Marker", "true")
		return noContent{}, nil
	case id == "":
		id = "null"
	}
	for _, v := range c.bucket.versions {
		locked := v.key == c.key && v.id == id && v.until.After(s.opts.Clock.Now())
		if locked && (v.mode == "COMPLIANCE" || !c.bypasses()) {
			return nil, &apiError{http.StatusForbidden, "AccessDenied", "Access Denied because object protected by object lock."}
		}
	}
	c.bucket.drop(c.key, id)
	return noContent{}, nil
}

// noContent is an answer of status 204.
type noContent struct{}

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

type listedVersion struct {
	XMLName      xml.Name
	Key          string
	VersionId    string //nolint:revive // AWS's spelling
	IsLatest     bool
	LastModified string
	ETag         string `xml:",omitempty"`
	Size         *int   `xml:",omitempty"`
	StorageClass string `xml:",omitempty"`
}

type versionsList struct {
	XMLName                                  xml.Name `xml:"ListVersionsResult"`
	Space                                    string   `xml:"xmlns,attr"`
	Name, Prefix, KeyMarker, VersionIdMarker string   //nolint:revive // AWS's spelling
	NextKeyMarker                            string   `xml:",omitempty"`
	NextVersionIdMarker                      string   `xml:",omitempty"` //nolint:revive // AWS's spelling
	MaxKeys                                  int
	IsTruncated                              bool
	Versions                                 []listedVersion
}

// listVersions lists keys in their order, of each the newest version first.
func (s *Server) listVersions(c *call) (any, *apiError) {
	query := c.URL.Query()
	most := 1000
	if n, err := strconv.Atoi(query.Get("max-keys")); err == nil && n >= 0 && n < most {
		most = n
	}
	out := versionsList{Space: namespace, Name: c.name, Prefix: query.Get("prefix"), KeyMarker: query.Get("key-marker"),
		VersionIdMarker: query.Get("version-id-marker"), MaxKeys: most}
	all := slices.Clone(c.bucket.versions)
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b version) int { return cmp.Compare(a.key, b.key) })
	passed := out.VersionIdMarker == ""
	for i, v := range all {
		latest := i == 0 || all[i-1].key != v.key
		switch {
		case !strings.HasPrefix(v.key, out.Prefix), v.key < out.KeyMarker, v.key == out.KeyMarker && out.VersionIdMarker == "":
			continue
		case v.key == out.KeyMarker && !passed:
			passed = v.id == out.VersionIdMarker
			continue
		}
		if len(out.Versions) == most {
			last := out.Versions[most-1]
			out.IsTruncated, out.NextKeyMarker, out.NextVersionIdMarker = true, last.Key, last.VersionId
			break
		}
		one := listedVersion{XMLName: xml.Name{Local: "DeleteMarker"}, Key: v.key, VersionId: v.id, IsLatest: latest, LastModified: v.at.UTC().Format("2006-01-02T15:04:05.000Z")}
		if !v.marker {
			size := len(v.body)
			one.XMLName.Local, one.ETag, one.Size, one.StorageClass = "Version", etag(v.body), &size, "STANDARD"
		}
		out.Versions = append(out.Versions, one)
	}
	return out, nil
}

func (s *Server) lockConfiguration(c *call) (any, *apiError) {
	if !c.bucket.locks {
		return nil, &apiError{http.StatusNotFound, "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"}
	}
	return struct {
		XMLName           xml.Name `xml:"ObjectLockConfiguration"`
		Space             string   `xml:"xmlns,attr"`
		ObjectLockEnabled string
	}{Space: namespace, ObjectLockEnabled: "Enabled"}, nil
}

func etag(body []byte) string {
	return fmt.Sprintf("%q", fmt.Sprintf("%x", md5.Sum(body))) //nolint:gosec // as the protocol has it
}

func answer(w http.ResponseWriter, out any, refusal *apiError) {
	id := rand.Text()[:16]
	w.Header().Set("X-Amz-Request-Id", id)
	w.Header().Set("X-Amz-Id-2", rand.Text())
	switch body := out.(type) {
	case nil:
	case noContent:
		w.WriteHeader(http.StatusNoContent)
		return
	case []byte:
		_, _ = w.Write(body)
		return
	default:
		writeXML(w, http.StatusOK, body)
		return
	}
	if refusal == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	writeXML(w, refusal.status, struct {
		XMLName                          xml.Name `xml:"Error"`
		Code, Message, RequestId, HostId string   //nolint:revive // AWS's spelling
	}{Code: refusal.code, Message: refusal.words, RequestId: id, HostId: w.Header().Get("X-Amz-Id-2")})
}

func writeXML(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, xml.Header)
	_ = xml.NewEncoder(w).Encode(body)
}

func answerFault(w http.ResponseWriter, _ *http.Request, _ string, fault control.Fault) bool {
	e := map[string]*apiError{
		"throttled":   {http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate."},
		"unavailable": {http.StatusServiceUnavailable, "ServiceUnavailable", "Service is unable to handle request."},
		"internal":    {http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again."},
		"denied":      {http.StatusForbidden, "AccessDenied", "Access Denied"},
		"conflict":    {http.StatusConflict, "ConditionalRequestConflict", "A conflicting operation occurred."},
	}[fault.Answer]
	if e == nil {
		return false
	}
	answer(w, nil, e)
	return true
}
