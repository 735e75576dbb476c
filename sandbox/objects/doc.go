// Package objects is the sandbox's AWS S3, reached over real HTTP by the real AWS SDK at
// "/BUCKET/KEY" (path style). It owns buckets with or without object lock, and objects with
// all their versions; what they are for it does not know.
//
// PutObject, GetObject, ListObjectVersions, DeleteObject and GetObjectLockConfiguration are
// served, of objects of at most a megabyte. Held to how S3 behaves:
//
//   - A write with a lock needs Content-MD5 or a checksum, and a bucket with object lock
//     (400 InvalidRequest); a lock that ends in the past is refused (400 InvalidArgument);
//     what arrives with another checksum is not stored (400 BadDigest).
//   - If-None-Match: * is refused where the key has an object (412 PreconditionFailed), not
//     where a delete marker hides it.
//   - A bucket with object lock keeps every version: a write makes another one, a deletion
//     without a version a delete marker. A version under a lock is deleted by nobody in mode
//     COMPLIANCE, and in mode GOVERNANCE by who says that they bypass it (403 AccessDenied).
//   - Who may do what is one list of actions that nobody may; it is looked at before the body.
//
// Not served: addresses with the bucket in the host's name, multipart uploads, legal holds,
// deletions of many. Signatures are not verified: whoever names a key is taken for its owner.
//
// Faults use the operations' names. The answers are "throttled" (503 SlowDown),
// "unavailable" (503 ServiceUnavailable), "internal" (500 InternalError), "denied" (403
// AccessDenied) and "conflict" (409 ConditionalRequestConflict).
//
// Vendor pages: https://docs.aws.amazon.com/AmazonS3/latest/API/.
package objects
