package workspace

// Slack's published limits. Lengths count characters.
// See https://docs.slack.dev/reference/block-kit and
// https://docs.slack.dev/reference/views.
const (
	maxMessageBlocks   = 50
	maxViewBlocks      = 100
	maxText            = 3000
	maxID              = 255 // block_id, action_id, callback_id, external_id
	maxHeader          = 150
	maxFields          = 10
	maxField           = 2000
	maxContext         = 10
	maxActions         = 25
	maxButtonText      = 75
	maxButtonValue     = 2000
	maxURL             = 3000
	maxOptions         = 100
	maxOptionText      = 75
	maxOptionValue     = 150
	maxOverflow        = 5
	maxChoices         = 10 // checkboxes, radio buttons
	maxPlaceholder     = 150
	maxLabel           = 2000
	maxInput           = 3000
	maxAltText         = 2000
	maxMarkdown        = 12000
	maxConfirmTitle    = 100
	maxConfirmText     = 300
	maxConfirmButton   = 30
	maxViewTitle       = 24
	maxPrivateMetadata = 3000
	maxViewBytes       = 250_000
	maxStack           = 3

	// maxMessageText is where chat.postMessage refuses or cuts the text;
	// chat.update refuses more than maxUpdateText.
	maxMessageText = 40_000
	maxUpdateText  = 4_000
	// maxMetadataBytes has no published number; this is the sandbox's choice.
	maxMetadataBytes = 16_000
	// maxAck is the size from which Socket Mode drops a response silently.
	maxAck = 20 * 1024

	maxConnections       = 10
	maxResponseURLUses   = 5
	responseURLMinutes   = 30
	maxReactionsPerItem  = 23
	maxConversationUsers = 8
)
