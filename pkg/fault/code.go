package fault

import "net/http"

// Code names one kind of refusal. A code never changes its meaning: clients
// branch on it, people read Title and Detail.
type Code string

// The codes of the store. See docs/errors.md for what a caller does about each.
const (
	InvalidInput           Code = "invalid_input"
	IdempotencyKeyRequired Code = "idempotency_key_required"
	Unauthenticated        Code = "unauthenticated"
	InsufficientFunds      Code = "insufficient_funds"
	InsufficientScope      Code = "insufficient_scope"
	InsufficientRole       Code = "insufficient_role"
	AddressNotAllowed      Code = "address_not_allowed"
	MFARequired            Code = "mfa_required"
	StaleLogin             Code = "reauthentication_required"
	SessionRequired        Code = "session_required"
	TokenLifetime          Code = "token_lifetime_exceeded"
	TwoCredentials         Code = "two_credentials"
	SpendLimitExceeded     Code = "spend_limit_exceeded"
	PolicyViolation        Code = "policy_violation"
	ApprovalRequired       Code = "approval_required"
	ApprovalDecided        Code = "approval_decided"
	ApprovalLimitReached   Code = "approval_limit_reached"
	NotFound               Code = "not_found"
	MethodNotAllowed       Code = "method_not_allowed"
	QuoteExpired           Code = "quote_expired"
	QuoteAlreadyUsed       Code = "quote_already_used"
	SoldOut                Code = "sold_out"
	PriceAboveMaximum      Code = "price_above_maximum"
	ActionInProgress       Code = "action_in_progress"
	ServiceNotReady        Code = "service_not_ready"
	Protected              Code = "protected"
	LastOwner              Code = "last_owner"
	IdempotencyInFlight    Code = "idempotency_in_flight"
	PreconditionFailed     Code = "precondition_failed"
	PayloadTooLarge        Code = "payload_too_large"
	UnsupportedMediaType   Code = "unsupported_media_type"
	OriginNotAllowed       Code = "origin_not_allowed"
	Misdirected            Code = "misdirected"
	IdempotencyConflict    Code = "idempotency_conflict"
	SecretShown            Code = "secret_shown"
	UnsupportedImage       Code = "unsupported_image"
	UnsupportedRegion      Code = "unsupported_region"
	SSHLockout             Code = "ssh_lockout"
	Busy                   Code = "busy"
	RateLimited            Code = "rate_limited"
	ProviderUnavailable    Code = "provider_unavailable"
	StoreUnavailable       Code = "store_unavailable"
	Internal               Code = "internal"
)

type meaning struct {
	status    int
	title     string
	retryable bool
}

var meanings = map[Code]meaning{
	InvalidInput:           {http.StatusBadRequest, "The input is not valid", false},
	IdempotencyKeyRequired: {http.StatusBadRequest, "An idempotency key is required", false},
	Unauthenticated:        {http.StatusUnauthorized, "The credentials are missing or not valid", false},
	InsufficientFunds:      {http.StatusPaymentRequired, "The wallet does not hold enough", false},
	InsufficientScope:      {http.StatusForbidden, "The API key lacks a scope", false},
	InsufficientRole:       {http.StatusForbidden, "The member lacks a role", false},
	AddressNotAllowed:      {http.StatusForbidden, "The API key may not be used from this address", false},
	MFARequired:            {http.StatusForbidden, "The account asks for a login with a second factor", false},
	StaleLogin:             {http.StatusForbidden, "A recent login is required", false},
	SessionRequired:        {http.StatusForbidden, "Only a session may do this", false},
	TokenLifetime:          {http.StatusBadRequest, "The token would live too long", false},
	TwoCredentials:         {http.StatusBadRequest, "The request carries two credentials", false},
	SpendLimitExceeded:     {http.StatusForbidden, "A spending limit would be exceeded", false},
	PolicyViolation:        {http.StatusForbidden, "A policy forbids this purchase", false},
	ApprovalRequired:       {http.StatusForbidden, "A person must approve this first", false},
	NotFound:               {http.StatusNotFound, "Not found", false},
	MethodNotAllowed:       {http.StatusMethodNotAllowed, "The path does not take this method", false},
	QuoteExpired:           {http.StatusConflict, "The quote has expired", false},
	QuoteAlreadyUsed:       {http.StatusConflict, "The quote has been used", false},
	PriceAboveMaximum:      {http.StatusConflict, "The price is above the maximum of the request", false},
	SoldOut:                {http.StatusConflict, "The product is sold out", false},
	ActionInProgress:       {http.StatusConflict, "Another action is in progress", true},
	ServiceNotReady:        {http.StatusConflict, "The service cannot do this in its state", false},
	ApprovalDecided:        {http.StatusConflict, "The approval is decided already", false},
	ApprovalLimitReached:   {http.StatusTooManyRequests, "Too many questions wait for an answer", true},
	Protected:              {http.StatusConflict, "The service is protected", false},
	LastOwner:              {http.StatusConflict, "An account needs an owner", false},
	IdempotencyInFlight:    {http.StatusConflict, "A request with this idempotency key is in flight", true},
	SecretShown:            {http.StatusConflict, "The secret was shown already", false},
	PreconditionFailed:     {http.StatusPreconditionFailed, "A precondition of the request does not hold", false},
	PayloadTooLarge:        {http.StatusRequestEntityTooLarge, "The request or its answer is too large", false},
	OriginNotAllowed:       {http.StatusForbidden, "Pages of other sites may not speak to the store", false},
	Misdirected:            {http.StatusMisdirectedRequest, "The store is not at this address", false},
	UnsupportedMediaType:   {http.StatusUnsupportedMediaType, "The body is not plain JSON", false},
	IdempotencyConflict:    {http.StatusUnprocessableEntity, "The idempotency key belongs to another request", false},
	UnsupportedImage:       {http.StatusUnprocessableEntity, "The product does not support this image", false},
	UnsupportedRegion:      {http.StatusUnprocessableEntity, "The product does not support this region", false},
	SSHLockout:             {http.StatusUnprocessableEntity, "The firewall would lock SSH out", false},
	Busy:                   {http.StatusTooManyRequests, "Others of the account were quicker", true},
	RateLimited:            {http.StatusTooManyRequests, "Too many requests", true},
	ProviderUnavailable:    {http.StatusServiceUnavailable, "A service behind the store is unavailable", true},
	StoreUnavailable:       {http.StatusServiceUnavailable, "The store is unavailable until it is started again", true},
	Internal:               {http.StatusInternalServerError, "Internal error", true},
}

// Codes lists every code, in no particular order.
func Codes() []Code {
	all := make([]Code, 0, len(meanings))
	for code := range meanings {
		all = append(all, code)
	}
	return all
}

// Status is the HTTP status that goes with the code, 500 for an unknown one.
func (c Code) Status() int {
	if m, ok := meanings[c]; ok {
		return m.status
	}
	return http.StatusInternalServerError
}

// Title is the short, fixed summary of the code (RFC 9457, section 3.1.4).
func (c Code) Title() string { return meanings[c].title }

// Retryable reports whether the same request may succeed later, unchanged.
func (c Code) Retryable() bool { return meanings[c].retryable }
