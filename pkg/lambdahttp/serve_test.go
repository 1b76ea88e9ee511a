package lambdahttp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// TestServe plays the runtime API of Lambda
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) to a process
// that calls Serve, for one invocation.
func TestServe(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	invocations := make(chan struct{}, 1)
	invocations <- struct{}{}
	answers := make(chan events.APIGatewayV2HTTPResponse, 1)

	runtime := http.NewServeMux()
	runtime.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-invocations:
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", "4102444800000")
		json.NewEncoder(w).Encode(newEvent("GET", "/"))
	})
	runtime.HandleFunc("POST /2018-06-01/runtime/invocation/1/response", func(w http.ResponseWriter, r *http.Request) {
		var answer events.APIGatewayV2HTTPResponse
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
			t.Errorf("the answer is not JSON: %v", err)
		}
		w.WriteHeader(http.StatusAccepted)
		answers <- answer
	})
	server := httptest.NewServer(runtime)
	t.Cleanup(server.Close)

	function := exec.CommandContext(ctx, os.Args[0])
	function.Env = append(os.Environ(), serveEnv+"=1", "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(server.URL, "http://"))
	function.Stderr = t.Output()
	if err := function.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel() // Serve does not end by itself
		function.Wait()
	})

	select {
	case answer := <-answers:
		if answer.StatusCode != http.StatusOK || answer.Body != "hello JKJaXmPLvHcESHA=" {
			t.Errorf("got %d %q", answer.StatusCode, answer.Body)
		}
	case <-ctx.Done():
		t.Fatal("no answer")
	}
}
