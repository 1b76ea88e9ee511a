package mcp_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/fault"
)

// TestAnswersAreThoseOfREST makes the calls of the examples, in the order of the
// table. REST answers the same ones with these bodies.
func TestAnswersAreThoseOfREST(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Entropy: &entropy{ChaCha8: rand.NewChaCha8([32]byte{1})}})
	for _, o := range api.Operations(app.Shelf()) {
		if o.Name == "personal_get" {
			s.Personal(t) // the examples before are about nobody
		}
		if o.Name == "server_snapshot_delete" {
			s.Snapshot(t, serviceOf(t, o.Example.Input))
		}
		if o.Name == "wallet_get" {
			s.Limit(t) // those before are without limits
		}
		got := use(t, s, o.Name, json.RawMessage(o.Example.Input))
		var want bytes.Buffer
		if err := json.Compact(&want, []byte(o.Example.Output)); err != nil {
			t.Fatal(err)
		}
		expectBody(t, o.Name, got, want.String(), false)
	}
}

// serviceOf is the service that an input names.
func serviceOf(t *testing.T, input string) string {
	t.Helper()
	var in struct{ ServiceID string }
	if err := json.Unmarshal([]byte(input), &in); err != nil {
		t.Fatal(err)
	}
	return in.ServiceID
}

// expectBody checks a result in its two forms.
func expectBody(t *testing.T, name string, got result, want string, isError bool) {
	t.Helper()
	if string(got.StructuredContent) != want {
		t.Errorf("%s:\n%s\nwant\n%s", name, got.StructuredContent, want)
	}
	if len(got.Content) != 1 || got.Content[0].Type != "text" || got.Content[0].Text != string(got.StructuredContent) {
		t.Errorf("%s: the text is not the structured content: %v", name, got.Content)
	}
	if got.IsError != isError {
		t.Errorf("%s: isError is %v", name, got.IsError)
	}
}

// entropy gives the same bytes in every run.
type entropy struct {
	mu sync.Mutex
	*rand.ChaCha8
}

func (e *entropy) Read(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ChaCha8.Read(b)
}

// TestErrorsAreThoseOfREST provokes each error over REST and MCP.
func TestErrorsAreThoseOfREST(t *testing.T) {
	t.Parallel()
	shown := make(map[fault.Code]bool)
	for _, sc := range scenarios() {
		shown[sc.code] = true
		t.Run(string(sc.code)+"/"+sc.name, func(t *testing.T) {
			t.Parallel()
			faults := &dynamotest.Faults{}
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{
				Client: []func(*dynamodb.Options){faults.Inject}, Latency: time.Hour,
			})
			input := sc.input(t, s, faults)
			want := byREST(t, s, sc.tool, input)
			if want.Code() != string(sc.code) {
				t.Fatalf("REST answers %d %s", want.Status, want.Body)
			}
			got := use(t, s, sc.tool, input)
			got.StructuredContent = json.RawMessage(anyRequest(got.StructuredContent))
			for i := range got.Content {
				got.Content[i].Text = anyRequest([]byte(got.Content[i].Text))
			}
			expectBody(t, sc.tool, got, anyRequest(want.Body), true)
		})
	}
	for _, code := range fault.Codes() {
		if shown[code] == elsewhere[code] {
			t.Errorf("%s must have a scenario or be of HTTP, and not both", code)
		}
	}
}

// elsewhere are the codes that a tool cannot answer: those of HTTP, those of
// members, and one that no operation has yet.
var elsewhere = map[fault.Code]bool{
	fault.Unauthenticated: true, fault.MethodNotAllowed: true, fault.PayloadTooLarge: true,
	fault.UnsupportedMediaType: true, fault.OriginNotAllowed: true, fault.Misdirected: true,
	fault.InsufficientRole: true, fault.ApprovalDecided: true, fault.LastOwner: true, fault.Protected: true,
	fault.MFARequired: true, fault.StaleLogin: true, fault.PreconditionFailed: true,
	fault.TwoCredentials: true, fault.SessionRequired: true, fault.TokenLifetime: true, fault.SecretShown: true,
}

// byREST makes the call of a tool over REST.
func byREST(t *testing.T, s *storetest.Store, tool string, input object) storetest.Answer {
	t.Helper()
	r := contract.Request(t, s.URL, tool, input)
	r.Header.Set("Authorization", "Bearer "+s.Key)
	return do(t, r)
}

// TestInputErrorsAreThoseOfREST: what REST and MCP can both be sent, but for the habits
// that are read faithfully, is refused in the same words.
func TestInputErrorsAreThoseOfREST(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, tc := range badInputs() {
		want := byREST(t, s, tc.tool, tc.input)
		if want.Status < 400 || want.Status > 499 || want.Text("param") == "" {
			t.Errorf("%s %v: REST answers %d %s", tc.tool, tc.input, want.Status, want.Body)
		}
		got := use(t, s, tc.tool, tc.input)
		if anyRequest(got.StructuredContent) != anyRequest(want.Body) || !got.IsError {
			t.Errorf("%s %v:\n%s\nwant\n%s", tc.tool, tc.input, got.StructuredContent, want.Body)
		}
	}
}

type badInput struct {
	tool  string
	input object
}

func badInputs() []badInput {
	inputs := []badInput{
		{"catalog_search", object{"limit": 0}},
		{"catalog_search", object{"limit": 101}},
		{"service_list", object{"cursor": "nobody's"}},
		{"service_get", object{"serviceId": string(make([]byte, 65))}},
		{"server_reinstall", object{"serviceId": "svc_x", "image": 7}},
		{"server_restart", object{"serviceId": "svc_x", "hard": true}},
		{"server_restart", object{"serviceId": "svc_x", "idempotencyKey": "a\nb"}},
		{"purchase_create", object{"idempotencyKey": "k"}},
		{"purchase_create", object{"idempotencyKey": "k", "catalogItemId": "cat_vps_micro", "quantity": 1}},
		{"purchase_create", object{"idempotencyKey": "", "quoteId": 7}},
		{"quote_create", object{"configuration": []any{}}},
	}
	for field, values := range map[string][]any{
		"quantity":      {0, 11, 1.5, 1e18, "one", true, []any{1}},
		"catalogItemId": {"", 7, object{"$ne": 1}},
		"configuration": {"hostname", object{}, object{"colour": "red"}, object{"hostname": "-", "region": "moon"}},
		"colour":        {"red"},
	} {
		for _, value := range values {
			order := storetest.Order()
			order[field] = value
			inputs = append(inputs, badInput{"quote_create", order})
		}
	}
	return inputs
}
