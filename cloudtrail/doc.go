// Package cloudtrail reads from AWS CloudTrail who has opened Airflow: which role session
// has made a login token for which environment, and when last. It owns where such calls are
// recorded, how the records are read, and what they say. Which person or target that is, it
// does not know, and it judges nothing.
//
// CreateWebLoginToken is what opens the web interface, by the console's page as by hand;
// CreateCliToken and InvokeRestApi are use, too. The user guide of today calls all three data
// events: they are in no event history, and only where a trail records them. The guide of
// 2021 to 2024 does not, and events of that time are management events. So both can be read: the log group in
// CloudWatch Logs to which a trail writes, and the event history. That nothing was found
// means something only where others were found: see Reading.Span.
//
// See https://docs.aws.amazon.com/mwaa/latest/userguide/monitoring-cloudtrail.html,
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html,
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html.
package cloudtrail
