package main

const about = `Just-in-time access to Amazon MWAA: asked for in Slack, approved in Slack, taken away on time.

Try it without an account anywhere:

    airpass sandbox --tour

Run it:

    airpass config check --config airpass.yaml
    airpass serve --config airpass.yaml

Exit codes: 0 done; 1 it could not be done; 2 the command line is wrong; 3 the configuration file has problems;
4 done, and something was found (audit verify, config check --against-store, doctor, drift, policy test), or
somebody may not ask (policy explain). setup plan has its own: 0 nothing is to be done, 2 something is, 1 it is not possible.`

// commands is the whole command line.
type commands struct {
	Serve     serveCommand      `cmd:"" help:"Run airpass until SIGINT or SIGTERM."`
	Sandbox   sandboxCommand    `cmd:"" help:"Run Slack, Okta, Identity Center and MWAA of a small town on this machine, and airpass in it."`
	Config    configCommands    `cmd:"" help:"Look at the configuration file."`
	Setup     setupCommands     `cmd:"" help:"Print and make what has to be there before airpass can work."`
	Doctor    doctorCommand     `cmd:"" help:"Look at everything that airpass rests on outside, and say what is not right and how to mend it."`
	Link      linkCommand       `cmd:"" help:"Say what somebody's login link is, and why it would or would not work."`
	Drift     driftCommand      `cmd:"" help:"Compare what grants, Okta and Identity Center say of every target."`
	Grants    grantCommands     `cmd:"" help:"Look at grants and change their course."`
	Sessions  sessionCommands   `cmd:"" help:"Cut sessions that outlive their grants."`
	Requests  requestCommands   `cmd:"" help:"Look at requests."`
	Reviews   reviewCommands    `cmd:"" help:"Reviews that are owed, and campaigns."`
	People    peopleCommands    `cmd:"" help:"Who is who."`
	Policy    policyCommands    `cmd:"" help:"What policies say."`
	Removals  removalsGroup     `cmd:"" help:"Removals that wait for a person."`
	Pause     pauseCommand      `cmd:"" help:"Stop new grants. Taking access away goes on."`
	Resume    resumeCommand     `cmd:"" help:"Let grants be made again."`
	Restore   restoreCommands   `cmd:"" help:"After the database was restored from a copy."`
	Retention retentionCommands `cmd:"" help:"How long what is over is kept."`
	Audit     auditCommands     `cmd:"" help:"The audit trail."`
	Webhooks  webhookCommands   `cmd:"" help:"Who is told of events."`
	Probe     probeCommand      `cmd:"" help:"Ask the process that serves on this machine whether it lives, or is ready."`
	Version   versionCommand    `cmd:"" help:"Say which airpass this is."`

	Completion completionCommand `cmd:"" help:"Write what lets a shell complete commands, flags and targets."`
}

type configCommands struct {
	Check  checkCommand  `cmd:"" help:"Report everything that is wrong with the configuration file, at once."`
	Schema schemaCommand `cmd:"" help:"Write the form of the configuration file as a JSON Schema, for editors."`
}

type grantCommands struct {
	List   listCommand   `cmd:"" help:"List grants, the newest first."`
	Show   showCommand   `cmd:"" help:"Show one grant, what it holds and the vendors' last words."`
	Revoke revokeCommand `cmd:"" help:"End a grant before its time."`
	Retry  retryCommand  `cmd:"" help:"Try again at once what has failed under a grant."`
	Adopt  adoptCommand  `cmd:"" help:"Let what a grant has added stay as standing access, for good."`
}

type peopleCommands struct {
	Erase  eraseCommand  `cmd:"" help:"Delete what is known of somebody, but for ids. The audit trail still verifies."`
	Rebind rebindCommand `cmd:"" help:"Confirm that somebody in Slack is another Okta user, or has another e-mail address, than before."`
}

type removalsGroup struct {
	Confirm confirmCommand `cmd:"" help:"Let an unusually large batch of inferred removals be carried out."`
}

type restoreCommands struct {
	Status      restoreStatus      `cmd:"" help:"Say whether the database waits to be compared, and why."`
	Compare     restoreCompare     `cmd:"" help:"Compare what airpass knows with what Okta and Identity Center say. Nothing is changed there."`
	Acknowledge restoreAcknowledge `cmd:"" help:"Let grants be made again, after a comparison."`
	Mark        restoreMark        `cmd:"" help:"Say that the database was restored, where airpass cannot notice it."`
}

type auditCommands struct {
	Verify verifyCommand `cmd:"" help:"Read the whole trail and find what was edited, removed, inserted or moved."`
	Head   headCommand   `cmd:"" help:"Write the signed end of the trail, to be kept elsewhere."`
	Export exportCommand `cmd:"" help:"Write events as JSON, one a line, or as CSV, the oldest first."`
	Trace  traceCommand  `cmd:"" help:"Tell one grant's life, with the ids to find it in Okta's System Log and in CloudTrail."`
}
