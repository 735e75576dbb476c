// Package cloudtrail is the sandbox's AWS CloudTrail with its event history, and the log
// group in CloudWatch Logs to which its one trail writes, reached over real HTTP by the
// real AWS SDK, both at "/": the header X-Amz-Target tells which is asked. It owns what
// was called, by whom and when; what that means it does not know.
//
// LookupEvents and FilterLogEvents are served. What Record is told of is seen there after
// Options.Delay of the sandbox clock, as AWS delivers late. As AWS documents it, calls that
// make tokens for Airflow are data events: they are in the log group, and in the event
// history only with Options.InHistory, which keeps 90 days. The history is of the account of
// whoever asks and the region that the request is signed for; the log group is in one account
// and region, and has everybody's. Of filter patterns those are understood that list values of
// fields joined by && and ||.
//
// Limits, wall time: LookupEvents twice a second in each account and region,
// FilterLogEvents ten times. Signatures are not verified.
//
// Faults use the operations' names. The answers are "throttled" (400 ThrottlingException),
// "unavailable" (503), "denied" (400 AccessDeniedException), and "token" (400
// InvalidNextTokenException; of FilterLogEvents InvalidParameterException).
//
// Vendor pages: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html,
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html and
// https://docs.aws.amazon.com/mwaa/latest/userguide/monitoring-cloudtrail.html.
package cloudtrail
