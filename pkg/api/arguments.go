package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"strings"

	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
)

// Arguments are the checked arguments of one call.
type Arguments struct {
	// IdempotencyKey names the intended change; empty for none.
	IdempotencyKey string

	operation string
	values    map[string]any
}

// keyName is the argument that holds the idempotency key.
const keyName = "idempotencyKey"

// maxKey is the longest idempotency key, in characters.
const maxKey = 255

// Arguments checks the arguments of the operation: values is JSON as decoded
// into any, key the idempotency key that came beside it, or empty. All problems
// of the input are reported together.
func (o Operation) Arguments(values map[string]any, key string) (Arguments, error) {
	args := Arguments{IdempotencyKey: key, operation: o.Name, values: values}
	problems := schema.Check(o.Input, "$", values)
	if o.Writes() {
		own, problem := args.takeKey(key)
		problems = append(problems, problem...)
		args.IdempotencyKey = own
	}
	if len(problems) > 0 {
		return args, fault.Invalid(problems...)
	}
	if o.needsKey() && args.IdempotencyKey == "" {
		return args, fault.Invalid(fault.Problem{
			Code: fault.IdempotencyKeyRequired, Param: "$." + keyName, Detail: "is required",
		}).Fix("Choose one idempotencyKey for each purchase that you intend, and send the same key and arguments when you are unsure whether it went through.")
	}
	return args, nil
}

func (o Operation) needsKey() bool { return o.Name == purchaseCreate }

// takeKey moves the key out of the arguments, so that the fingerprint is about
// what is asked for, and holds it to the one beside them.
func (a *Arguments) takeKey(beside string) (string, []fault.Problem) {
	inside, isText := a.values[keyName].(string)
	if !isText {
		return beside, nil
	}
	a.values = maps.Clone(a.values)
	delete(a.values, keyName)
	if beside != "" && beside != inside {
		return "", []fault.Problem{{
			Code: fault.InvalidInput, Param: "$." + keyName,
			Detail: "differs from the Idempotency-Key header; send one of them, or the same in both",
		}}
	}
	return inside, nil
}

// ValidKey tells whether a text can be an idempotency key: 1 to 255 printable
// ASCII characters.
func ValidKey(key string) bool {
	notPrintable := func(r rune) bool { return r < ' ' || r > '~' }
	return key != "" && len(key) <= maxKey && strings.IndexFunc(key, notPrintable) < 0
}

// keyField is the optional argument of every operation that writes.
func keyField() schema.Field {
	return schema.Optional(keyName, schema.Pattern(
		"Names the change you intend. Sent again with the same arguments, the first answer comes back and nothing happens twice. 1 to 255 printable ASCII characters.",
		"^[ -~]+$", maxKey))
}

// decode fills in a struct whose fields match the schema.
func (a Arguments) decode(in any) error {
	text, err := json.Marshal(a.values)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, in)
}

// fingerprint is the same for all requests that mean the same: json.Marshal
// sorts names and has one way to write each value, so that the order of names,
// white space and 1.0 against 1 make no difference. Null is not absent.
func (a Arguments) fingerprint() string {
	text, _ := json.Marshal(a.values) // decode did the same without an error
	hash := sha256.Sum256(append([]byte(a.operation+"\n"), text...))
	return hex.EncodeToString(hash[:])
}
