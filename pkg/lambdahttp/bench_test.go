package lambdahttp_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"agentstore/pkg/lambdahttp"
)

// BenchmarkAdapter measures what the conversion adds to the time of a handler:
// a purchase with the headers of an agent behind API Gateway, and 2 KiB of answer.
func BenchmarkAdapter(b *testing.B) {
	handle := lambdahttp.Handler(purchase())
	event := purchaseEvent()
	b.ReportAllocs()
	for b.Loop() {
		if answer, err := handle(context.Background(), event); err != nil || answer.StatusCode != http.StatusCreated {
			b.Fatal(answer.StatusCode, err)
		}
	}
}

// BenchmarkInvocation adds the JSON of the event and of the answer, which the
// Lambda runtime client reads and writes around the adapter.
func BenchmarkInvocation(b *testing.B) {
	function := lambda.NewHandler(lambdahttp.Handler(purchase()))
	payload, err := json.Marshal(purchaseEvent())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := function.Invoke(context.Background(), payload); err != nil {
			b.Fatal(err)
		}
	}
}

func purchase() http.Handler {
	body := []byte(`{"purchase":"` + strings.Repeat("x", 2<<10) + `"}`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusCreated)
		w.Write(body)
	})
}

func purchaseEvent() events.APIGatewayV2HTTPRequest {
	event := newEvent("POST", "/v1/agent/purchases")
	event.Headers = map[string]string{
		"accept":            "application/json",
		"accept-encoding":   "gzip",
		"authorization":     "Bearer ask_live_01K5XXXXXXXXXXXXXXXXXXXXXXAAAAAABBBBBB.0123456789abcdefghijklmnopqrstuvwxyz",
		"content-length":    "212",
		"content-type":      "application/json",
		"host":              "store.example.com",
		"idempotency-key":   "order-7-attempt-1",
		"user-agent":        "agent/1.0",
		"x-amzn-trace-id":   "Root=1-5fff599f-6fca6ee66e37fe5e518eb45b",
		"x-forwarded-for":   "192.0.2.7",
		"x-forwarded-port":  "443",
		"x-forwarded-proto": "https",
	}
	event.Body = `{"quoteId":"qte_01K5XXXXXXXXXXXXXXXXXXXXXX","idempotencyKey":"order-7-attempt-1"}`
	return event
}
