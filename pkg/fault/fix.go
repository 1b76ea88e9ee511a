package fault

import (
	"fmt"
	"slices"
	"strings"
)

// fixes are what a caller does about each code where the error says nothing better.
var fixes = map[Code]string{
	InvalidInput:           "Correct what detail and errors name, then send the request again.",
	IdempotencyKeyRequired: "Choose one idempotencyKey for each change that you intend, and send it with the request.",
	Unauthenticated:        "Send a good API key in the header Authorization: Bearer <key>; members log in at /login.",
	InsufficientFunds:      "Ask the owner of the account to add funds, then send the same request again.",
	InsufficientScope:      "Ask the owner of the account for a key with the scope in missingScope.",
	InsufficientRole:       "Ask an owner of the account to do it, or for the role in neededRole.",
	AddressNotAllowed:      "Send the request from a network that the key may be used from, or ask the owner of the account for another key.",
	MFARequired:            "Log in with a second factor, then send the request again.",
	StaleLogin:             "Log in again, then send the same request.",
	SessionRequired:        "Log in at /login, and do it there.",
	TokenLifetime:          "Send an earlier expiresAt, or fewer scopes.",
	TwoCredentials:         "Send the cookie of a session or the header Authorization, not both.",
	SpendLimitExceeded:     "Buy something that costs less, or ask the owner of the account to change the policy.",
	PolicyViolation:        "Choose what the policy allows, or ask the owner of the account to change it.",
	ApprovalRequired:       "Ask the person who owns the account to approve it, and wait.",
	ApprovalDecided:        "Read the approval with approval_get: it cannot be decided again.",
	ApprovalLimitReached:   "Wait until the open questions have been answered.",
	NotFound:               "Check the path and the ids in it: what belongs to somebody else is not found either.",
	MethodNotAllowed:       "Send one of the methods in the header Allow.",
	QuoteExpired:           "Create a new quote with quote_create, check its price, and buy that.",
	QuoteAlreadyUsed:       "Read the purchase in purchaseId with purchase_get_status: it may be the one that you meant to make.",
	SoldOut:                "Choose another item with catalog_search.",
	ActionInProgress:       "Read service_get until currentAction is gone, then send the same request again.",
	ServiceNotReady:        "Read service_get: allowedActions says what can be done now.",
	Protected:              "Ask a member of the account to lift the protection.",
	LastOwner:              "Make another member an owner first.",
	PreconditionFailed:     "Read the object again, and send the request with the ETag of that answer in If-Match.",
	PriceAboveMaximum:      "Send a higher maxTotalPriceMinor if the price is acceptable, or choose something that costs less.",
	Busy:                   "Wait a moment, then send the same request again, with the same idempotencyKey if it had one.",
	IdempotencyInFlight:    "Wait a moment, then send the same request again, with the same idempotencyKey.",
	PayloadTooLarge:        "Send less, or ask for less at once.",
	UnsupportedMediaType:   "Send the body as JSON, with the header Content-Type: application/json, once.",
	OriginNotAllowed:       "Send the request from a program, or from a page of the store itself.",
	Misdirected:            "Send the request to the address of the store.",
	SecretShown:            "Use the secret of the first answer. If it is lost, revoke subjectId and make another, with a new idempotency key.",
	IdempotencyConflict:    "Choose a new idempotencyKey for this request, or send the first one again as it was.",
	UnsupportedImage:       "Read the images of the item with catalog_checkout_requirements, and send one of them.",
	UnsupportedRegion:      "Read the regions of the item with catalog_checkout_requirements, and send one of them.",
	SSHLockout:             "Add a rule that admits tcp to the SSH port of the server.",
	RateLimited:            "Wait a moment, then send the same request again, and fewer at once.",
	ProviderUnavailable:    "Wait a moment, then send the same request again, with the same idempotencyKey if it had one.",
	StoreUnavailable:       "Wait until the operator has started the store again, then send the same request.",
	Internal:               "Send the same request again, with the same idempotencyKey if it had one. If that fails as well, tell the operator the requestId.",
}

// Next is what the caller can do, at least one thing: the fixes of the error, or else
// what helps with its code.
func (e *Error) Next() []string {
	if len(e.Fixes) > 0 {
		return slices.Clone(e.Fixes)
	}
	return []string{fixes[e.Code]}
}

// OneOf is the problem of a value that is none of those that exist. It says so where
// only the case is wrong.
func OneOf(param, given string, exist ...string) Problem {
	p := Problem{Code: InvalidInput, Param: param, Detail: "must be left out: there is none", Fix: "Leave out " + param + "."}
	if len(exist) == 0 {
		return p
	}
	values := strings.Join(exist, ", ")
	p.Detail, p.Fix = "must be one of "+values, fmt.Sprintf("Send %s as one of %s.", param, values)
	if lower := strings.ToLower(given); lower != given && slices.Contains(exist, lower) {
		p.Detail += ", in lower case"
		p.Fix = fmt.Sprintf("Send %s in lower case: %s.", param, lower)
	}
	return p
}
