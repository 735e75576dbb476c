package doctor

import (
	"context"
	"fmt"
	"time"

	"airpass/access"
	"airpass/awsanchors"
)

// Anchors is the bucket in which heads of the audit trail are kept.
type Anchors interface {
	Lock(ctx context.Context) (awsanchors.Lock, error)
	MayPut(ctx context.Context) error
}

// anchors: the bucket is there, it locks, and we may write into it. Nothing is written.
func (d Deployment) anchors(ctx context.Context) []Finding {
	const means = "nobody can tell from there later whether the end of the audit trail was cut off"
	if d.Anchors == nil {
		return nil
	}
	about := d.AnchorBucket
	var found []Finding
	lock, err := d.Anchors.Lock(ctx)
	switch {
	case access.ClassOf(err) == access.Missing:
		return []Finding{wrong(about, "no such bucket", means, "make it with object lock, or correct audit.anchor_bucket.bucket")}
	case access.ClassOf(err) == access.Rejected:
		return []Finding{wrong(about, err.Error(), means, "write audit.anchor_bucket.region: the region that the bucket is in")}
	case err != nil:
		found = append(found, refusedByAWS(about, err, "it is not known whether the bucket locks what is written into it", awsRole))
	case !lock.On:
		return []Finding{wrong(about, "object lock is not on", "no anchor can be written there", "turn it on (the bucket's Properties > Object Lock), or make another bucket with it")}
	case lock.Mode == "COMPLIANCE" && lock.Retain > d.AnchorRetain:
		found = append(found, unwise(about, fmt.Sprintf("what is written without a lock is locked for %d days by the bucket, an anchor for %d", days(lock.Retain), days(d.AnchorRetain)),
			"anchors are the first that can be deleted", "write a longer audit.anchor_bucket.retain"))
	}
	if err := d.Anchors.MayPut(ctx); err != nil {
		found = append(found, refusedByAWS(about, err, "no anchor can be written there", "allow s3:PutObject and s3:PutObjectRetention below the prefix, as airpass setup iam prints it"))
	}
	if len(found) == 0 {
		return []Finding{fine(about, "object lock is on, and anchors can be written")}
	}
	return found
}

func days(d time.Duration) int { return int(d / (24 * time.Hour)) }
