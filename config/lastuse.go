package config

import (
	"regexp"
	"strings"
)

// LastUse is where it is looked up, for campaigns, who has opened Airflow when last. The
// zero value is nowhere.
type LastUse struct {
	LogGroups []LogGroup // to which trails write
	// EventHistory: that of every account and region with environments is looked at, too.
	EventHistory bool
}

// On says whether it is looked up.
func (l LastUse) On() bool { return l.EventHistory || len(l.LogGroups) > 0 }

// LogGroup is a log group of CloudWatch Logs.
type LogGroup struct{ ARN, Account, Region, Name string }

// logGroup is as the console shows it, with or without what follows the name.
// See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html.
var logGroup = rule{regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov):logs:[a-z0-9-]+:[0-9]{12}:log-group:[\w./#-]{1,512}(:\*)?$`), "the ARN of a log group",
	"write its ARN, like arn:aws:logs:eu-west-1:123456789012:log-group:airflow-use", false, 0}

// readLastUse reads where the last use is looked up.
func readLastUse(root *section) LastUse {
	s := root.section("last_use")
	defer s.close()
	var l LastUse
	for _, arn := range s.texts("log_groups", logGroup) {
		arn = strings.TrimSuffix(arn, ":*")
		parts := strings.SplitN(arn, ":", 7)
		l.LogGroups = append(l.LogGroups, LogGroup{ARN: arn, Region: parts[3], Account: parts[4], Name: parts[6]})
	}
	l.EventHistory = s.yes("event_history")
	return l
}
