package house

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/product"
)

// before are the actions without which another one has nothing to do.
var before = map[string]string{"server start": "stop"}

// TestEveryActionSucceeds buys an item of each product as its requirements say, and
// does with it what its actions' examples say, until each has ended well.
func TestEveryActionSucceeds(t *testing.T) {
	t.Parallel()
	for _, p := range app.Shelf() {
		for _, a := range p.Words().Actions {
			t.Run(p.Type+" "+string(a.Name), func(t *testing.T) {
				t.Parallel()
				s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
				service := storetest.Services + "/" + buyOne(t, s, p)
				if first := before[p.Type+" "+string(a.Name)]; first != "" {
					s.Call(t, http.MethodPost, service+"/"+p.Type+"/"+first, map[string]any{})
					s.Work(t)
				}
				if a.Credit != nil { // there must be something to give back
					buyChange(t, s, service+"/"+p.Type+"/snapshot_create", `{"name":"n"}`)
					s.Work(t)
				}
				var actionID string
				if path := service + "/" + p.Type + "/" + string(a.Name); a.Charge != nil {
					actionID = buyChange(t, s, path, a.Example.Input)
				} else {
					begun := s.Call(t, http.MethodPost, path, a.Example.Input)
					if begun.Status != http.StatusAccepted {
						t.Fatalf("it answers %d: %s", begun.Status, begun.Body)
					}
					actionID = begun.Text("actionId")
				}
				s.Work(t)
				ended := s.Call(t, http.MethodGet, service+"/actions/"+actionID, nil)
				if status := ended.Text("action", "status"); status != "succeeded" {
					t.Errorf("it has ended %s: %s", status, ended.Body)
				}
				after := s.Call(t, http.MethodGet, service, nil)
				if after.Text("service", "status") != "active" || after.Get("service", "failureReason") != nil {
					t.Errorf("it leaves the service as %s", after.Body)
				}
			})
		}
	}
}

// buyChange quotes an action and buys it.
func buyChange(t *testing.T, s *storetest.Store, path, input string) (actionID string) {
	t.Helper()
	quote := s.Call(t, http.MethodPost, path+"/quote", input)
	bought := s.Buy(t, quote.Text("quote", "id"), path)
	if actionID = bought.Text("purchase", "actionId"); actionID == "" {
		t.Fatalf("it is not begun: %s\n%s", quote.Body, bought.Body)
	}
	return actionID
}

// buyOne buys the first item of a product, with the configuration that its
// requirements give as an example.
func buyOne(t *testing.T, s *storetest.Store, p product.Product) string {
	t.Helper()
	goods, err := s.Table.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range goods.Items {
		if item.ServiceType != p.Type {
			continue
		}
		needs, err := p.Rules.Requirements(item)
		if err != nil {
			t.Fatal(err)
		}
		bought := s.Call(t, http.MethodPost, storetest.Purchases, map[string]any{
			"catalogItemId": item.ID, "configuration": needs.Example, "idempotencyKey": "one",
		})
		service := s.Call(t, http.MethodGet, storetest.Services+"/"+bought.Text("service", "id"), nil)
		if service.Text("service", "status") != "active" {
			t.Fatalf("the purchase of %s: %s\nits service: %s", item.ID, bought.Body, service.Body)
		}
		return bought.Text("service", "id")
	}
	t.Fatalf("the catalog has nothing of type %s", p.Type)
	return ""
}

// failure finds what went wrong in an answer.
var failure = regexp.MustCompile(`"(failureReason|error)":|"(status|provisioningStatus)":\s*"(failed|partially_failed)"|"failed":\s*true`)

// TestExamplesSucceed: nothing fails in an example whose title does not say so.
func TestExamplesSucceed(t *testing.T) {
	t.Parallel()
	for _, o := range api.All(app.Shelf()) {
		if found := failure.FindString(o.Example.Output); found != "" && !announces(o.Title) {
			t.Errorf("%s, titled %q, has an example with %s", o.Name, o.Title, found)
		}
	}
	answers := os.DirFS(root + "/pkg/app/testdata/events")
	err := fs.WalkDir(answers, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		var answer struct {
			StatusCode int             `json:"statusCode"`
			Body       json.RawMessage `json:"body"`
		}
		text, err := fs.ReadFile(answers, name)
		if err == nil {
			err = json.Unmarshal(text, &answer)
		}
		if found := failure.Find(answer.Body); found != nil && answer.StatusCode < 400 && !announces(path.Base(name)) {
			t.Errorf("the answer of events/%s has %s", name, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func announces(title string) bool {
	return regexp.MustCompile(`(?i)fail|refus|denied`).MatchString(title)
}

// TestFailureIsFound shows that the test above can fail.
func TestFailureIsFound(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"service":{"failureReason":"The stop failed."}}`, `{"action":{"status":"failed"}}`, `{"action":{"status": "failed","error":"x"}}`,
		`{"services":[{"failed":true}]}`, `{"purchase":{"status":"partially_failed"}}`, `{"server":{"provisioningStatus":"failed"}}`,
	} {
		if !failure.MatchString(text) {
			t.Errorf("%s passes for a success", text)
		}
	}
	if failure.MatchString(`{"services":[{"failed":false}],"status":"succeeded"}`) {
		t.Error("a success passes for a failure")
	}
}

// TestWhoKnowsAnAction counts the files that name an action: those of its product, one
// row in package app, one main, one resource, one event, and what is generated. So many
// does another one touch, and no other.
func TestWhoKnowsAnAction(t *testing.T) {
	t.Parallel()
	for _, p := range app.Shelf() {
		for _, a := range p.Words().Actions {
			name := p.Type + "_" + string(a.Name)
			own := []string{
				"pkg/product/" + p.Type + "/", "pkg/app/functions.go", "functions/" + name + "/main.go", "template.yaml",
				"events/" + name + "/", "events/README.md", "openapi.json",
			}
			if a.Charge != nil { // its route, its tool and its function are those of its quote
				own = append(own, "functions/"+name+"_quote/main.go", "events/"+name+"_quote/")
			}
			program := strings.ReplaceAll(strings.ReplaceAll(name, "_", " "), " ", "")
			mention := regexp.MustCompile(`(?i)` + name + `|` + p.Type + `:` + string(a.Name) + `|\b` + program + `|` + regexp.QuoteMeta(string(a.Scope)))
			for _, file := range shipped(t) {
				belongs := slices.ContainsFunc(own, func(prefix string) bool { return strings.HasPrefix(file, prefix) })
				text, err := os.ReadFile(root + "/" + file)
				if err != nil {
					t.Fatal(err)
				}
				if found := mention.Find(text); found != nil && !belongs {
					t.Errorf("%s names %q: an action is its product's affair", file, found)
				}
			}
		}
	}
}

// shipped are the files of the module but for documentation, tests, and what tests
// write down.
func shipped(t *testing.T) []string {
	t.Helper()
	var files []string
	module := os.DirFS(root)
	err := fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || slices.Contains([]string{"testdata", "examples", "docs", "internal", "build", "data"}, entry.Name())):
			return fs.SkipDir
		case entry.IsDir() || strings.HasSuffix(name, "_test.go") || slices.Contains([]string{"README.md", "CONTRIBUTING.md"}, name):
			return nil
		}
		files = append(files, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
