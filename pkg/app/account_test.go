package app_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/app/full"
	"agentstore/pkg/auth"
	"agentstore/pkg/rest"
)

var pathParameter = regexp.MustCompile(`\{\w+\}`)

// TestAccountAnswersForAllBelowIt: API Gateway brings every request below /v1/account to
// one function, which refuses what it does not have as the whole store does.
func TestAccountAnswersForAllBelowIt(t *testing.T) {
	t.Parallel()
	s := prepared(t)
	store := app.FullWeb(app.Config{KeyMode: auth.Test}, s.Shop, s.Table, func(context.Context) string { return "req_1" }, slog.New(slog.DiscardHandler))
	paths := rest.ExportPaths()
	for _, path := range []string{"/", "/elsewhere", "/agents/none/elsewhere", "/agents/", "//agents"} {
		paths = append(paths, storetest.Account+path)
	}
	for _, o := range api.AccountOperations(app.Shelf()) {
		paths = append(paths, pathParameter.ReplaceAllString(o.Path, "none"))
	}
	alone, whole := app.AccountHandler(store), full.Handler(store)
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
			if got, want := refusal(alone, method, path), refusal(whole, method, path); got != want {
				t.Errorf("%s %s is answered with %+v, and by the whole store with %+v", method, path, got, want)
			}
		}
	}
}

// refused is what tells refusals apart.
type refused struct {
	status      int
	allow, code string
}

func refusal(h http.Handler, method, path string) refused {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, nil)
	r.Host = "localhost"
	h.ServeHTTP(w, r)
	var problem struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(w.Body.Bytes(), &problem)
	return refused{w.Code, w.Header().Get("Allow"), problem.Code}
}
