// Package api is the table of operations. Each is defined once: its name, its
// route, its scope, its texts, its input and its answer. REST, MCP and the
// OpenAPI document are read from it, so that they cannot differ.
//
// Every operation has a function of its own, and nothing here is filled at
// start-up: a program that serves one operation links only that one.
package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

// Operation is one thing that an agent can do.
type Operation struct {
	Name  string // of the MCP tool, the function's folder and the log
	Title string
	// Summary is one sentence; Description says when to use it and what to call
	// before and after.
	Summary     string
	Description string
	Method      string
	Path        string // as net/http.ServeMux reads it
	// Scope is what the key of an agent needs; Role is what a member needs, who shows
	// a session instead. An operation has exactly one of them.
	Scope shop.Scope
	Role  shop.Role
	// TokenScope is what a member's personal access token needs; empty where none may do
	// it, whatever its scopes.
	TokenScope shop.Scope
	// FreshLogin says that the member must have logged in recently, as for changes to
	// money, keys, policies, members or the security of the account.
	FreshLogin bool
	// Opens says that it lets its caller into what a service holds: members must have logged
	// in recently.
	Opens bool
	// Public says that no key is needed. A key that is presented must be good.
	Public bool
	Effect Effect
	// Remote says that it reads from the provider, by one call of the provisioner: it
	// stands outside the rule of one round trip for a read.
	Remote bool
	// Twin names the operation of agents whose arguments it takes; empty for none.
	Twin string
	// Replaces names the operation that reads what this one changes: its ETag may be sent
	// in If-Match. Empty where there is no such operation.
	Replaces string
	Status   int // of a good answer
	// Input describes the arguments: those of the path, the query and the body
	// together, as one object.
	Input *schema.Schema
	// Errors are the codes that it can return, besides those of every operation.
	Errors  []fault.Code
	Example Example
	// Forms are the ways to ask of which one has to be taken; none where Input says by
	// itself what is required.
	Forms []Form

	// implied are the values that absent arguments stand for where their schemas do not
	// say so, as JSON decodes them: a client that sends defaults must not send these.
	implied map[string]any
	// begins says that it begins actions that are bought.
	begins  bool
	answers func(product.Shelf) *schema.Schema
	call    call
	// shelf is what the store sells from whose table the operation comes.
	shelf product.Shelf
}

// Output is the schema of a good answer.
func (o Operation) Output() *schema.Schema { return o.answers(o.shelf) }

// Effect is what an operation does to the world.
type Effect string

// The effects.
const (
	Reads   Effect = "reads"   // changes nothing
	Creates Effect = "creates" // adds something
	Buys    Effect = "buys"    // spends money, and needs an idempotency key
	Acts    Effect = "acts"    // disturbs something that exists, for a while
	Erases  Effect = "erases"  // destroys data
)

// Form is a way to ask for an operation, by an example of its input. Input stays one
// plain object: of the generators of clients, openapi-generator for Kotlin makes of a
// choice between two objects one that requires what either requires.
type Form struct{ Name, Input string }

// Example is an input and the answer to it, as JSON.
type Example struct{ Input, Output string }

// Answer is a good answer.
type Answer struct {
	Status   int
	Body     []byte // JSON
	Replayed bool
	// Once: a part of the body was, or would be, shown to this caller alone and only this
	// time, so that it has no ETag, and may be kept nowhere on its way.
	Once bool
}

// Writes reports whether the operation changes something.
func (o Operation) Writes() bool { return o.Effect != Reads }

// Rehearsable reports whether the operation takes dryRun. The status of that answer is
// 200. Its schema is the same: of two, openapi-generator would make its clients take
// the one with the lower status for both.
func (o Operation) Rehearsable() bool { return o.Input.Properties[dryRunName] != nil }

// InPath reports whether the argument is in the path.
func (o Operation) InPath(name string) bool { return strings.Contains(o.Path, "{"+name+"}") }

// NeedsBody reports whether a request without a body lacks something.
func (o Operation) NeedsBody() bool {
	required := func(name string) bool { return !o.InPath(name) }
	return o.Method != http.MethodGet && (len(o.Forms) > 0 || slices.ContainsFunc(o.Input.Required, required))
}

// Keyed reports whether the operation takes an idempotency key: in the header, or as an
// argument too.
func (o Operation) Keyed() bool { return o.KeyedByArgument() || o.Role != "" && o.Writes() }

// KeyedByArgument reports whether the key may be among the arguments.
func (o Operation) KeyedByArgument() bool { return o.Input.Properties[keyName] != nil }

// Common are the codes that every operation can return to agents.
func Common() []fault.Code {
	return []fault.Code{
		fault.InvalidInput, fault.Unauthenticated, fault.InsufficientScope, fault.AddressNotAllowed, fault.PreconditionFailed, fault.PayloadTooLarge,
		fault.Misdirected, fault.RateLimited, fault.ProviderUnavailable, fault.StoreUnavailable, fault.Internal,
	}
}

// CommonErrors are the codes that every operation with the same kind of caller can
// return.
func (o Operation) CommonErrors() []fault.Code {
	common := o.callerErrors()
	if o.Writes() {
		common = append(common, fault.Busy)
	}
	if o.Keyed() && !o.KeyedByArgument() {
		common = append(common, fault.IdempotencyConflict, fault.IdempotencyInFlight)
	}
	return common
}

func (o Operation) callerErrors() []fault.Code {
	if o.Role == "" {
		return Common()
	}
	ofKeys := []fault.Code{fault.AddressNotAllowed}
	if o.TokenScope == "" {
		ofKeys = append(ofKeys, fault.InsufficientScope)
	}
	forMembers := slices.DeleteFunc(Common(), func(c fault.Code) bool { return slices.Contains(ofKeys, c) })
	forMembers = append(forMembers, fault.InsufficientRole, fault.MFARequired, fault.OriginNotAllowed, fault.TwoCredentials)
	if o.TokenScope == "" {
		forMembers = append(forMembers, fault.SessionRequired)
	}
	if o.FreshLogin {
		forMembers = append(forMembers, fault.StaleLogin)
	}
	return forMembers
}

// Operations is the table of a store that sells what is on the shelf.
func Operations(shelf product.Shelf) []Operation {
	table := []Operation{
		CatalogCategories(),
		CatalogSearch(),
		CatalogCheckoutRequirements(),
		QuoteCreate(),
		QuoteGet(),
		PurchaseCreate(),
		PurchaseGetStatus(),
		PurchaseList(),
		ServiceList(),
		ServiceGet(),
	}
	for _, p := range shelf {
		table = append(table, ofProduct(p)...)
	}
	table = append(table, ActionList(), ActionGet())
	table = append(table, ofPeople(shelf, PersonalGet(), PersonalErase())...)
	return onShelf(append(table, WalletGet(), UsageGet(),
		ServiceLabelsSet(), ServiceCancelManyPreview(), ServiceCancelMany(), ServiceCancelManyGet(),
		ServiceExtend(), ServiceRenewalSet(), ServiceCancelPreview(), ServiceCancel(),
		SSHKeyCreate(), SSHKeyList(), SSHKeyDelete()), shelf)
}

// onShelf tells each operation what the store sells.
func onShelf(table []Operation, shelf product.Shelf) []Operation {
	for i := range table {
		table[i].shelf = shelf
		if table[i].Input.Properties[configurationName] != nil {
			for _, p := range shelf {
				table[i].Errors = append(table[i].Errors, p.Words().Errors...)
			}
		}
		if table[i].begins {
			for _, code := range beginErrors(shelf) {
				if !slices.Contains(table[i].Errors, code) {
					table[i].Errors = append(table[i].Errors, code)
				}
			}
		}
	}
	return table
}

// Call carries out the operation. Its errors are *fault.Error, or internal.
func (o Operation) Call(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) (Answer, error) {
	if o.Writes() && o.Replaces == "" {
		if err := expectNothing(args.Conditions); err != nil {
			return Answer{}, err
		}
	}
	answer, err := o.call(ctx, s, caller, args)
	answer.Status = o.Status
	if args.DryRun {
		answer.Status = http.StatusOK
	}
	return answer, err
}

// plain makes the Call of an operation whose answer is not kept.
func plain[In, Out any](do func(context.Context, *shop.Shop, shop.Caller, In) (Out, error)) func(context.Context, *shop.Shop, shop.Caller, Arguments) (Answer, error) {
	return func(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) (Answer, error) {
		var in In
		if err := args.decode(&in); err != nil {
			return Answer{}, err
		}
		out, err := do(ctx, s, caller, in)
		if err != nil {
			return Answer{}, err
		}
		body, err := strictjson.Encode(out)
		return Answer{Body: body}, err
	}
}

// writes makes the call of an operation that changes something. Its answer is
// encoded by answer and kept with the change.
func writes[In, Result, Out any](
	do func(context.Context, *shop.Shop, shop.Caller, In, shop.Request[Result]) (shop.Response, error),
	answer func(Result, view) Out,
) func(context.Context, *shop.Shop, shop.Caller, Arguments) (Answer, error) {
	return func(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) (Answer, error) {
		var in In
		if err := args.decode(&in); err != nil {
			return Answer{}, err
		}
		response, err := do(ctx, s, caller, in, shop.Request[Result]{
			Operation: args.operation, Key: args.IdempotencyKey, Fingerprint: args.fingerprint(s.Products), Former: args.former(),
			Confirmation: args.Confirmation, Interactive: args.Interactive,
			Encode: func(r Result) ([]byte, error) { return strictjson.Encode(answer(r, viewBy(s, caller))) },
		})
		return Answer{Body: response.Body, Replayed: response.Replayed}, err
	}
}

// keeps is plain for what members write: with an idempotency key it happens once, and the
// answer is kept with the change.
func keeps[In, Result, Out any](do func(context.Context, *shop.Shop, shop.Caller, In) (Result, error), answer func(Result, view) Out) call {
	return func(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) (Answer, error) {
		var in In
		if err := args.decode(&in); err != nil {
			return Answer{}, err
		}
		request := args.once(s)
		request.Encode = func(result any) ([]byte, error) { return strictjson.Encode(answer(result.(Result), viewBy(s, caller))) }
		caller, once := caller.Once(request)
		result, err := do(ctx, s, caller, in)
		if kept, ok := once.Answer(); ok {
			return Answer{Body: kept.Body, Replayed: kept.Replayed}, nil
		}
		if err != nil {
			return Answer{}, err
		}
		body, err := request.Encode(result)
		return Answer{Body: body}, err
	}
}

// shows is keeps for an answer with a secret, which is not kept: sent again, it is refused
// with secret_shown.
func shows[In, Out any](do func(context.Context, *shop.Shop, shop.Caller, In) (Out, error)) call {
	show := plain(do)
	return func(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) (Answer, error) {
		caller, _ = caller.Once(args.once(s))
		return show(ctx, s, caller, args)
	}
}

// view is who looks at an object, when, and on which shelf its product is.
type view struct {
	now      time.Time
	caller   shop.Caller
	products shop.Products
}

func viewBy(s *shop.Shop, caller shop.Caller) view { return view{s.Now(), caller, s.Products} }

const (
	get  = http.MethodGet
	post = http.MethodPost
)
