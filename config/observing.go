package config

import (
	"encoding/base64"
	"encoding/hex"
	"log/slog"
)

func readLog(root *section) Log {
	s := root.section("log")
	defer s.close()
	c := Log{Format: s.oneOf("format", "text", "text", "json")}
	switch s.oneOf("level", "info", "debug", "info", "warn", "error") {
	case "debug":
		c.Level = slog.LevelDebug
	case "warn":
		c.Level = slog.LevelWarn
	case "error":
		c.Level = slog.LevelError
	}
	return c
}

func readAudit(root *section) Audit {
	s, ok := root.required("audit")
	if !ok {
		return Audit{}
	}
	defer s.close()
	c := Audit{Key: s.needSecret("key", false), KeyID: s.optional("key_id", "k1", auditKeyID)}
	s.checkKey("key", c.Key)
	c.AnchorChannel = s.optional("anchor_channel", "", slackChannel)
	c.AnchorBucket = s.anchorBucket()
	old := s.section("old_keys")
	for _, id := range old.keys(auditKeyID) {
		path := old.name(id)
		secret := old.secret(id, false)
		if !auditKeyID.pattern.MatchString(id) {
			s.r.problem(path, "is not named by a key id", auditKeyID.mend)
			continue
		}
		old.checkKey(id, secret)
		if id == c.KeyID {
			old.problem(id, "has the id of the key in use", "give the key in use a new key_id")
		}
		if c.OldKeys == nil {
			c.OldKeys = map[string]Secret{}
		}
		c.OldKeys[id] = secret
	}
	return c
}

// A lock of S3 is at least a day; how long it may be nobody says but the bucket's policy.
const (
	leastLock = day
	usualLock = 365 * day
	mostLock  = 100 * year
)

// anchorBucket reads where in S3 anchors are kept; without the section they are not.
func (s *section) anchorBucket() *AnchorBucket {
	sub := s.section("anchor_bucket")
	defer sub.close()
	if !s.has("anchor_bucket") {
		return nil
	}
	c := AnchorBucket{Bucket: sub.text("bucket", s3Bucket), Prefix: sub.optional("prefix", "airpass/", s3Prefix), Region: sub.optional("region", "", awsRegion),
		Mode: sub.oneOf("mode", "governance", "governance", "compliance")}
	c.RoleARN, c.ExternalID = sub.role()
	c.Retain = sub.age("retain", usualLock, leastLock, mostLock)
	return &c
}

// minKey is the length of HMAC-SHA-256's output, below which a key weakens it (RFC 2104).
const minKey = 32

func (s *section) checkKey(field string, key Secret) {
	if !key.IsZero() && len(decodeKey(key.Reveal())) < minKey {
		s.problem(field, "is shorter than 32 bytes", "make one with: openssl rand -hex 32")
	}
}

// decodeKey takes hexadecimal as such whatever its length, so that half a key in
// hexadecimal never passes for 32 raw bytes.
func decodeKey(text string) []byte {
	if b, err := hex.DecodeString(text); err == nil {
		return b
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(text); err == nil && len(b) >= minKey {
			return b
		}
	}
	return []byte(text)
}
