// Package secrets is the sandbox's AWS Secrets Manager and Systems Manager Parameter
// Store, reached over real HTTP by the real AWS SDK, both at "/": the header
// X-Amz-Target tells which is asked. It owns secrets with their versions and
// parameters with theirs; what they are for it does not know.
//
// GetSecretValue and GetParameter are served. What changes secrets is done by methods,
// as somebody does in the console. Permissions are one list of names that nobody may
// read. Signatures are not verified: whoever names a key is taken for its owner.
//
// Faults use the operations' names. The answers are "throttled" (400
// ThrottlingException), "unavailable" (503 ServiceUnavailable), "internal" (500) and
// "denied" (400 AccessDeniedException).
//
// Vendor pages: https://docs.aws.amazon.com/secretsmanager/latest/apireference/ and
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/.
package secrets
