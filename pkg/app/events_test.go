package app_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/go-cmp/cmp"

	"agentstore"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/app/full"
	"agentstore/pkg/app/people"
	"agentstore/pkg/auth"
	"agentstore/pkg/etag"
	"agentstore/pkg/id"
	"agentstore/pkg/lambdahttp"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// update writes what the functions answer now to the files that the answers are
// compared with: go test ./pkg/app -run Events -update. Read the difference.
var update = flag.Bool("update", false, "write the answers to events")

// The folders that hold events and the answers to them.
const (
	eventsDir  = "../../events"
	answersDir = "testdata/events"
)

// provisioner is the one function that does not serve HTTP.
const provisioner = "provisioner"

// TestEvents has each function answer its events, from one JSON to the other,
// and compares the answers with those that are kept.
func TestEvents(t *testing.T) {
	t.Parallel()
	for _, e := range allEvents(t) {
		t.Run(e.function+"/"+e.name, func(t *testing.T) {
			t.Parallel()
			got := e.answer(t)
			kept := filepath.Join(answersDir, e.function, e.name+".json")
			if *update {
				write(t, kept, got)
			}
			want, err := os.ReadFile(kept)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s and the answer (-want +got):\n%s", kept, diff)
			}
		})
	}
}

// TestEveryAnswerHasAnEvent finds answers that were left behind.
func TestEveryAnswerHasAnEvent(t *testing.T) {
	t.Parallel()
	answers, err := filepath.Glob(answersDir + "/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range answers {
		if _, err := os.Stat(eventsDir + strings.TrimPrefix(path, answersDir)); err != nil {
			t.Errorf("%s answers nothing: %v", path, err)
		}
	}
}

// event is one file in events/.
type event struct {
	function string
	name     string
	payload  []byte
}

func allEvents(tb testing.TB) []event {
	tb.Helper()
	paths, err := filepath.Glob(eventsDir + "/*/*.json")
	if err != nil || len(paths) == 0 {
		tb.Fatalf("there are no events, error %v", err)
	}
	all := make([]event, len(paths))
	for i, path := range paths {
		payload, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		all[i] = event{filepath.Base(filepath.Dir(path)), strings.TrimSuffix(filepath.Base(path), ".json"), payload}
	}
	return all
}

// answer is what the event's function makes of it, as it is kept.
func (e event) answer(tb testing.TB) []byte {
	tb.Helper()
	s := prepared(tb)
	if e.function == provisioner {
		return e.provision(tb, s)
	}
	if prepare := prepareMore[e.function]; prepare != nil && e.name == "good" {
		prepare(tb, s)
		s.Clock.Advance(time.Millisecond)
	}
	answer := invoke(tb, e.handler(tb, s), e.payload)
	e.expectStatus(tb, answer.StatusCode)
	if answer.Headers["Etag"] == etag.Of([]byte(answer.Body)) {
		answer.Headers["Etag"] = "of the body"
	}
	var body any = json.RawMessage(answer.Body)
	switch {
	case answer.Body == string(agentstore.OpenAPI):
		body = "openapi.json"
	case !json.Valid([]byte(answer.Body)):
		body = strings.Split(answer.Body, "\n") // text is kept by its lines
	}
	return indented(tb, struct {
		StatusCode int               `json:"statusCode"`
		Headers    map[string]string `json:"headers"`
		Body       any               `json:"body"`
	}{answer.StatusCode, answer.Headers, body})
}

// invoke has a function answer an event.
func invoke(tb testing.TB, h http.Handler, event []byte) (answer events.APIGatewayV2HTTPResponse) {
	tb.Helper()
	raw, err := lambda.NewHandler(lambdahttp.Handler(h)).Invoke(tb.Context(), event)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		tb.Fatal(err)
	}
	return answer
}

// handler is what the event's function serves.
func (e event) handler(tb testing.TB, s *storetest.Store) http.Handler {
	tb.Helper()
	log := slog.New(slog.DiscardHandler)
	switch e.function {
	case "openapi":
		return app.OpenAPIHandler(app.Frame(app.Config{}, lambdahttp.RequestID, log))
	case "discovery":
		return app.DiscoveryHandler(web.Store{Frame: app.Frame(app.Config{}, lambdahttp.RequestID, log), Shop: s.Shop, Shelf: app.Shelf()})
	case "account":
		return app.AccountHandler(app.FullWeb(app.Config{KeyMode: auth.Test}, s.Shop, s.Table, lambdahttp.RequestID, log))
	case "dashboard":
		c := app.Config{OIDCIssuer: "https://login.example.com", OIDCClientID: "store"}
		return people.Handler(c, app.Sessions(c, s.People, lambdahttp.RequestID, log), s.Shop)
	case "mcp":
		return full.MCPHandler(app.FullWeb(app.Config{KeyMode: auth.Test}, s.Shop, s.Table, lambdahttp.RequestID, log))
	case "not_found":
		return app.NotFoundHandler(app.Frame(app.Config{}, lambdahttp.RequestID, log), app.Shelf())
	}
	o, ok := operations()[e.function]
	if !ok {
		tb.Fatalf("there is no function %s", e.function)
	}
	return app.OperationHandler(app.Config{KeyMode: auth.Test}, s.Shop, s.Table, log, o)
}

func operations() map[string]api.Operation {
	byName := make(map[string]api.Operation)
	for _, o := range api.Operations(app.Shelf()) {
		byName[o.Name] = o
	}
	return byName
}

// expectStatus holds an event to its name, so that an update cannot turn a good
// one into a bad one.
func (e event) expectStatus(tb testing.TB, got int) {
	tb.Helper()
	good := http.StatusOK
	if o, ok := operations()[e.function]; ok {
		good = o.Status
	}
	want, ok := map[string]int{
		"good": good, "by_item": good, "base64": good, "next_page": good, "anonymous": good,
		"no_key": http.StatusUnauthorized, "unknown_id": http.StatusNotFound, "unknown_path": http.StatusNotFound,
		"bad_input": http.StatusBadRequest, "no_idempotency_key": http.StatusBadRequest,
		"bad_region": http.StatusUnprocessableEntity, "bad_image": http.StatusUnprocessableEntity, "lockout": http.StatusUnprocessableEntity,
		"busy": http.StatusConflict, "used_quote": http.StatusConflict,
		"wrong_method": http.StatusMethodNotAllowed,
		"slash":        good, "mcp_slash": http.StatusPermanentRedirect, "mcp_preflight": http.StatusNoContent,
		"no_session": http.StatusSeeOther, "other_site": http.StatusForbidden, "bad_callback": http.StatusBadRequest,
		"agentstore": good, "server_card": good, "store_resource": good, "mcp_resource": good, "llms": good,
	}[e.name]
	if !ok || got != want {
		tb.Errorf("the event %s of %s is answered with %d, want %d", e.name, e.function, got, want)
	}
}

// provision has the provisioner work, and adds what became of the services.
func (e event) provision(tb testing.TB, s *storetest.Store) []byte {
	tb.Helper()
	work := app.Work(s.Worker, s.Reconciler, slog.New(slog.DiscardHandler))
	answer, err := lambda.NewHandler(work.Handle).Invoke(tb.Context(), e.payload)
	if err != nil {
		tb.Fatal(err)
	}
	services, _, err := s.Table.Services(tb.Context(), demoAgent.Account(), shop.Page{Limit: shop.MaxPage})
	if err != nil {
		tb.Fatal(err)
	}
	status := make(map[id.Service]shop.ServiceStatus)
	for _, service := range services {
		status[service.ID] = service.Status
	}
	return indented(tb, struct {
		Answer   json.RawMessage                   `json:"answer"`
		Services map[id.Service]shop.ServiceStatus `json:"services"`
	}{answer, status})
}

func indented(tb testing.TB, value any) []byte {
	tb.Helper()
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		tb.Fatal(err)
	}
	return text.Bytes()
}

func write(tb testing.TB, path string, text []byte) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		tb.Fatal(err)
	}
}
