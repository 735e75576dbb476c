// Package sts is the sandbox's AWS Security Token Service, reached over real HTTP by
// the real AWS SDK. It owns access keys: those that were configured, such as the
// bot's in the management account, and those that AssumeRole issues; and it tells the
// sandbox's other AWS services whom a key belongs to.
//
// Roles exist once they have been added, with the principals that they trust, the
// external id that they ask for, and whether their sessions may name a source identity.
// What a role may do is not known here, and so neither is what a session policy leaves of
// it: services ask for it with Session. Signatures are not verified: whoever names a key
// is taken for its owner.
//
// Time: sessions expire by the wall clock, as the SDK's own refresh does.
//
// Faults use the API's operation name ("AssumeRole", "GetCallerIdentity"). The
// answers are "throttled" (400 Throttling), "unavailable" (503 ServiceUnavailable),
// "internal" (500), "denied" (403 AccessDenied) and "expired_token" (403 ExpiredToken).
//
// Vendor pages: https://docs.aws.amazon.com/STS/latest/APIReference/.
package sts
