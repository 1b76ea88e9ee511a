package lambdahttp_test

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"testing"

	"agentstore/pkg/lambdahttp"
)

// serveEnv makes the test binary the function that TestServe invokes.
const serveEnv = "LAMBDAHTTP_TEST_SERVE"

func TestMain(m *testing.M) {
	if os.Getenv(serveEnv) != "" {
		lambdahttp.Serve(http.HandlerFunc(greet))
	}
	// Panics are provoked in bulk; the test of the log sets a logger of its own.
	slog.SetDefault(slog.New(slog.NewJSONHandler(io.Discard, nil)))
	os.Exit(m.Run())
}

func greet(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, "hello "+lambdahttp.RequestID(r.Context()))
}
