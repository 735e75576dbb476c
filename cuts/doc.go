// Package cuts ends sessions that outlive a grant. Taking an assignment away lets nobody
// in any more, and ends no session that is open: a role session lives on for as long as
// its permission set says. What ends it is a deny of the person in the inline policy of the
// permission set, brought to every account that has it.
//
// It owns who is cut, and who may write the policy meanwhile: itself, or whoever has it from
// Hold. The policy is always rendered anew from who is cut, by whoever has the claim of the
// permission set, and never from what is there. First the deny is brought to the accounts,
// then the person's grants are taken away: the end of the last assignment deletes the role,
// and bringing a policy there then reaches nothing. It is lifted once no session can be left.
//
// It does not know what a policy says (see Options.Render), nor Slack, nor how a grant is
// taken away.
//
// # What it does not reach
//
// An Airflow tab that is open: Airflow has its own session, of 12 hours at most. The
// session of the access portal, which AWS ends in its console only (Users > Active
// sessions). Access by another permission set.
//
// Vendor page: https://docs.aws.amazon.com/singlesignon/latest/userguide/revoke-user-permissions.html.
package cuts
