package messages

// The ids by which Slack says which button was clicked and which modal was
// submitted. The value of a request's button is the request's id.
const (
	ActionApprove = "request.approve"
	ActionDeny    = "request.deny"
	// ActionShorter asks for a form in which less time is given than was asked for.
	ActionShorter = "request.shorter"
	ActionCancel  = "request.cancel"
	// ActionGiveBack is what ActionCancel is after the approval.
	ActionGiveBack = "request.give_back"
	// ActionExtend asks for a form in which more time is asked for.
	ActionExtend = "request.extend"
	// ActionInstead asks to have for longer what was asked for anew; the value is the id of
	// the attempt.
	ActionInstead = "request.instead"
	// ActionRevoke asks for a form in which somebody says why access is taken away.
	ActionRevoke = "request.revoke"
	// ActionCut asks for a form in which somebody says why the sessions of an access are cut.
	ActionCut = "request.cut"
	// ActionLift asks for a form in which a cut is lifted before its time; the value is the
	// cut's id.
	ActionLift = "cut.lift"
	// ActionLogin is the link button of an instant link, which is made when it is clicked.
	ActionLogin = "request.login"
	// ActionQuestion asks for a form in which the requester is asked something.
	ActionQuestion = "request.question"
	// ActionReply asks for a form in which that is answered; the value is the question's id.
	ActionReply = "question.answer"
	// ActionOpen is the link button. Slack delivers its clicks too; they mean nothing.
	ActionOpen = "request.open"

	// ActionAsk opens the request form, from the Home tab.
	ActionAsk = "home.ask"
	// ActionTogether asks for a form in which requests that are alike are approved together;
	// the value is their ids.
	ActionTogether = "home.together"
	// CallbackTogether is that modal; its private metadata is the ids.
	CallbackTogether = "home.together"
	// ActionOlder and ActionNewer turn a page of the Home tab; the value is the part and the
	// number of the page, as "requests-1".
	ActionOlder = "home.older"
	ActionNewer = "home.newer"

	// ShortcutAsk and ShortcutAskAbout open the request form from anywhere, and from a message
	// whose text is the reason then. The app's manifest names them.
	ShortcutAsk      = "ask"
	ShortcutAskAbout = "ask_about"

	// CallbackAsk is the modal in which access is asked for.
	CallbackAsk = "request.ask"
	// CallbackExtend is the modal in which more time is asked for; its private metadata is
	// the id of the request whose access it extends.
	CallbackExtend = "request.extend"
	// CallbackShorter is the modal in which an approver gives less time; its private metadata
	// is the request's id.
	CallbackShorter = "request.shorter"
	// CallbackDeny is the modal that asks an approver why not; its private metadata
	// is the request's id.
	CallbackDeny = "request.deny"

	// CallbackQuestion is the modal in which the requester is asked something; its private
	// metadata is the request's id.
	CallbackQuestion = "request.question"
	// CallbackReply is the modal in which that is answered; its private metadata is the
	// question's id.
	CallbackReply = "question.answer"

	// CallbackRevoke is the modal in which access is taken away; its private metadata is the
	// request's id.
	CallbackRevoke = "request.revoke"

	// CallbackCut is the modal in which sessions are cut; its private metadata is the request's
	// id.
	CallbackCut = "request.cut"
	// CallbackLift is the modal in which a cut is lifted; its private metadata is the cut's id.
	CallbackLift = "cut.lift"

	// ActionReview asks for a form in which a review is given.
	ActionReview = "review.give"
	// CallbackBreakGlass is the modal in which access is taken at once.
	CallbackBreakGlass = "break_glass"
	// CallbackReview is the modal in which a review is given; its private metadata is the
	// request's id.
	CallbackReview = "review.give"

	// ActionCertify asks for a form in which a reviewer says whether access is needed, and
	// ActionUndo takes back what they said last; the value is the id of a CampaignReviewer.
	ActionCertify = "campaign.certify"
	ActionUndo    = "campaign.undo"
	// CallbackCertify is that form; its private metadata is that id. The blocks of the items
	// are named by the items' ids, and FieldChoice is what is said of each.
	CallbackCertify = "campaign.certify"
	FieldChoice     = "choice"
	// ActionComment asks for a field in that form, FieldComment, in which something is said of
	// one item alone; the value is the item's id, which follows the field's name in that of the
	// block. See CommentedItem.
	ActionComment = "campaign.comment"
	FieldComment  = "comment"
	// ActionMany asks for a form in which many items are chosen by FieldWhich, and
	// FieldVerdict is what is said of them; the value and that form's private metadata are the
	// id of a CampaignReviewer. CallbackSure is the form that shows which they are; its private
	// metadata is an access.CertifiedMany.
	ActionMany   = "campaign.many"
	CallbackMany = "campaign.many"
	CallbackSure = "campaign.sure"
	FieldWhich   = "which"
	FieldUntil   = "until" // a date, optional
	FieldOther   = "other" // a Slack user, optional
	// ChoiceReduce begins what is chosen to reduce an item; the id of the target follows.
	ChoiceReduce = "reduce:"
	// ChoiceDelegate is what is chosen beside the verdicts.
	ChoiceDelegate = "delegate"

	// The fields of the modals: block ids, which are the action ids too.
	FieldEnvironment = "environment"
	FieldRole        = "role"
	FieldDuration    = "duration"
	FieldReason      = "reason"
	FieldTarget      = "target"
	FieldVerdict     = "verdict" // one of the kinds of attempt
	FieldStart       = "start"   // a date and time, optional
)

// MaxReason is how many characters a reason may have; Slack allows no more in a
// text input. See https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element.
const MaxReason = 3000

// MinReason is how many characters a reason must have, blanks around it not counted.
const MinReason = 3
