package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"agentstore/pkg/etag"
	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

// Arguments are the checked arguments of one call.
type Arguments struct {
	// IdempotencyKey names the intended change; empty for none.
	IdempotencyKey string
	// Confirmation is the token of a given confirmation; empty for none.
	Confirmation string
	// Interactive: the caller can ask the person in front of it.
	Interactive bool
	// DryRun asks what would happen, and has nothing written.
	DryRun bool
	// Conditions are the preconditions of the request; HeadOnly: the body of the answer
	// is not for the caller (RFC 9110, section 9.3.2).
	Conditions etag.Conditions
	HeadOnly   bool

	operation string
	public    bool
	// text is the arguments as JSON, without the idempotency key: a fingerprint
	// is about what is asked for. json.Marshal sorts names and has one way to write
	// each value, so that the order of names, white space and 1.0 against 1 make no
	// difference. Null is not absent.
	text []byte
	// canonical are the same without those that equal their default.
	canonical map[string]any
}

// Decode reads arguments from JSON. It returns invalid_input for what is not one
// JSON object.
func Decode(text []byte) (map[string]any, error) {
	object, err := strictjson.Object(text)
	var syntax *strictjson.Error
	if errors.As(err, &syntax) {
		return nil, fault.InvalidParam(syntax.Param, "%s", syntax.Reason).
			Fix("Send one JSON object (RFC 8259) in UTF-8, with numbers that a 64-bit floating-point number holds exactly.")
	}
	return object, err
}

// keyName is the argument that holds the idempotency key.
const keyName = "idempotencyKey"

// maxKey is the longest idempotency key, in characters.
const maxKey = 255

// Arguments checks the arguments of the operation: values is JSON as decoded
// into any, key the idempotency key that came with it, or empty. Texts that
// people read are normalized from here on (package text): two spellings of a name
// are one request. All problems of the input are reported together.
func (o Operation) Arguments(values map[string]any, key string) (Arguments, error) {
	values = schema.Normal(o.Input, values).(map[string]any)
	problems := schema.Check(o.Input, "$", values)
	if o.KeyedByArgument() {
		own, rest, problem := takeKey(values, key)
		problems = append(problems, problem...)
		key, values = own, rest
	}
	if len(problems) > 0 {
		return Arguments{}, fault.Invalid(problems...)
	}
	dryRun, values := takeDryRun(values)
	if o.needsKey() && key == "" && !dryRun {
		return Arguments{}, fault.Invalid(fault.Problem{
			Code: fault.IdempotencyKeyRequired, Param: "$." + keyName, Detail: "is required",
			Fix: "Choose one idempotencyKey for each purchase that you intend, and send the same key and arguments when you are unsure whether it went through.",
		})
	}
	text, err := json.Marshal(values)
	return Arguments{IdempotencyKey: key, DryRun: dryRun, operation: o.Name, public: o.Public, text: text, canonical: o.canonical(values)}, err
}

// canonical leaves out the arguments that say what their absence says.
func (o Operation) canonical(values map[string]any) map[string]any {
	out := schema.Canonical(o.Input, values).(map[string]any)
	maps.DeleteFunc(out, func(name string, value any) bool {
		implied, ok := o.implied[name]
		return ok && implied == value
	})
	return out
}

func (o Operation) needsKey() bool { return o.Effect == Buys }

// takeDryRun takes dryRun out of the arguments: a purchase and its rehearsal ask for
// the same thing.
func takeDryRun(values map[string]any) (dryRun bool, rest map[string]any) {
	given, has := values[dryRunName]
	if !has {
		return false, values
	}
	rest = maps.Clone(values)
	delete(rest, dryRunName)
	return given == true, rest
}

// takeKey takes the key out of the arguments, and compares it with the one beside
// them.
func takeKey(values map[string]any, beside string) (key string, rest map[string]any, problems []fault.Problem) {
	inside, isText := values[keyName].(string)
	if !isText {
		return beside, values, nil
	}
	rest = maps.Clone(values)
	delete(rest, keyName)
	if beside != "" && beside != inside {
		problems = []fault.Problem{{
			Code: fault.InvalidInput, Param: "$." + keyName,
			Detail: "differs from the Idempotency-Key header",
			Fix:    "Send the key in the header Idempotency-Key or as idempotencyKey, or the same in both.",
		}}
	}
	return inside, rest, problems
}

// ValidKey reports whether a text can be an idempotency key: 1 to 255 printable
// ASCII characters.
func ValidKey(key string) bool {
	notPrintable := func(r rune) bool { return r < ' ' || r > '~' }
	return key != "" && len(key) <= maxKey && strings.IndexFunc(key, notPrintable) < 0
}

// keyField is the optional argument of every operation that writes.
func keyField() schema.Field {
	key := schema.Pattern("Sent again, it does not happen twice.", "^[ -~]+$", maxKey)
	key.MinLength = nil // the pattern says so already, and models read it with every tool
	return schema.Optional(keyName, key)
}

// Call tells the call apart from all others, in a store that sells these products.
func (a Arguments) Call(products shop.Products) string {
	return shop.CallName(a.fingerprint(products), a.IdempotencyKey)
}

// Subject is what the call is about: the first identifier among its arguments, or
// empty.
func (a Arguments) Subject() string {
	var values map[string]any
	_ = json.Unmarshal(a.text, &values) // it was made from one
	for _, name := range []string{"serviceId", "purchaseId", "quoteId", "approvalId", "keyId", "agentId", "tokenId", "personId", "personalId", "invitationId", "catalogItemId"} {
		if subject, _ := values[name].(string); subject != "" {
			return subject
		}
	}
	return ""
}

// hidden reports whether the caller will not see the body of the answer, whatever is
// in it.
func (a Arguments) hidden() bool { return a.HeadOnly || a.Conditions.Judge("") != etag.Proceed }

// decode fills in a struct whose fields match the schema.
func (a Arguments) decode(in any) error { return json.Unmarshal(a.text, in) }

// fingerprint is the same for all requests that mean the same thing.
func (a Arguments) fingerprint(products shop.Products) string {
	if configuration, orders := a.canonical[configurationName].(map[string]any); orders {
		a.canonical = maps.Clone(a.canonical)
		a.canonical[configurationName] = products.WithoutDefaults(configuration)
	}
	text, _ := json.Marshal(a.canonical) // it came from JSON
	return a.hash(text)
}

// once is the request of a member that happens once for its key.
func (a Arguments) once(s *shop.Shop) shop.Request[any] {
	return shop.Request[any]{Operation: a.operation, Key: a.IdempotencyKey, Fingerprint: a.fingerprint(s.Products), Former: a.former()}
}

// former is the fingerprint by the rule of the versions that told a default from an
// absent argument. What they have recorded is replayed, too.
func (a Arguments) former() string { return a.hash(a.text) }

func (a Arguments) hash(text []byte) string {
	hash := sha256.Sum256(slices.Concat([]byte(a.operation+"\n"), text))
	return hex.EncodeToString(hash[:])
}
