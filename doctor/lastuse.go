package doctor

import (
	"context"
	"time"

	"airpass/cloudtrail"
)

// Trail is what CloudTrail has recorded, as the roles of accounts see it.
type Trail interface {
	Read(ctx context.Context, s cloudtrail.Source, from, until time.Time, calls int) (cloudtrail.Reading, error)
}

// lookedBack and glances bound what is read of a source: whether anything is recorded.
const (
	lookedBack = 7 * 24 * time.Hour
	glances    = 4
)

// lastUse: where it is looked up who has opened Airflow, it may be read and something is there.
func (d Deployment) lastUse(ctx context.Context) []Finding {
	now := d.Now()
	return each(ctx, d.Uses, func(ctx context.Context, s cloudtrail.Source) []Finding {
		r, err := d.Trail.Read(ctx, s, now.Add(-lookedBack), now, glances)
		if err != nil {
			return []Finding{refusedByAWS(s.String(), err, "the last use is unknown to campaigns", "correct last_use")}
		}
		more := ""
		if !r.Complete {
			more = "or more "
		}
		if r.Seen == 0 && r.Complete {
			return []Finding{unwise(s.String(), "in a week nobody has opened Airflow by what is recorded", "if somebody has, it is not recorded: the last use is unknown to campaigns",
				"AWS counts these calls as data events: have a trail record those of Managed Apache Airflow and write them to a log group; see docs/campaigns.md")}
		}
		return []Finding{fine(s.String(), "read; %d %scalls have opened Airflow in a week, %d of them of nobody's role session", r.Seen, more, r.Foreign)}
	})
}
