package stack

import (
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/discovery"
	"agentstore/pkg/web"
)

var parameter = regexp.MustCompile(`\{\w+\}`)

// paths are those of the store, but only some of the many that go to one function, and
// some that are not of the store.
func paths() []string {
	people := web.PeoplePaths()
	people[web.HomePath] = people[web.HomePattern]
	delete(people, web.HomePattern)
	all := slices.Concat(slices.Collect(maps.Keys(people)), discovery.Paths(), []string{
		web.MCPPath, web.OpenAPIPath, web.HealthPath, "/elsewhere", "/v1/agent", "/v1/agent/elsewhere",
		"/v1/account", "/v1/account/", "/v1/account/elsewhere", "/v1/account/wallet", "/v1/account/services/none/protection",
	})
	for _, o := range api.Operations(app.Shelf()) {
		all = append(all, o.Path)
	}
	for i, path := range all {
		all[i] = parameter.ReplaceAllString(path, "none")
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// expectSame expects the deployed store to answer anybody's requests as a store in one
// process does, whatever their path and method: then each has come to the right function.
// What the emulator answers by itself is left out: the pages of its Cognito, which are
// at the same paths, and OPTIONS, which API Gateway answers only for an API that
// configures CORS.
func (f *front) expectSame(t *testing.T) {
	local := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	for _, path := range paths() {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete} {
			if slices.Contains([]string{"POST " + web.LoginPath, "GET " + web.LogoutPath}, method+" "+path) {
				continue
			}
			want := answerOf(t, http.DefaultTransport, method, local.URL+path)
			got := answerOf(t, f.Client().Transport, method, f.URL+path)
			if got != want {
				t.Errorf("%s %s is answered with %v, and in one process with %v", method, path, got, want)
			}
		}
	}
}

// outcome is what tells answers apart.
type outcome struct {
	status int
	allow  string
}

func answerOf(tb testing.TB, transport http.RoundTripper, method, url string) outcome {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), method, url, nil)
	must(tb, err)
	answer, err := transport.RoundTrip(r) // which follows no redirect
	must(tb, err)
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	must(tb, err)
	return outcome{answer.StatusCode, answer.Header.Get("Allow")}
}
