// Package iam decides what an identity policy allows. It knows the part of AWS's
// policy language that Airflow access is written in: Effect, Action and Resource
// with wildcards, and the condition operators StringEquals, StringLike and
// DateLessThan. A policy that says anything else is refused when it is read, so
// that nothing is allowed by misunderstanding.
//
// It does not know who somebody is or which policies they have.
//
// Vendor page:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html.
package iam
