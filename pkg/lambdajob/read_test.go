package lambdajob

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

var question = shop.RemoteRead{Account: "acc_1", Service: "svc_1", Name: "metrics", Input: json.RawMessage(`{"hours":1}`)}

func remoteAt(endpoint string) func(context.Context, shop.RemoteRead) (json.RawMessage, error) {
	return Remote(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}, "provisioner")
}

// provisioner is a Lambda whose function answers questions so.
func provisioner(t *testing.T, read func(shop.RemoteRead) (json.RawMessage, error)) string {
	t.Helper()
	w := Work{
		Read: func(_ context.Context, r shop.RemoteRead) (json.RawMessage, error) { return read(r) },
		Log:  slog.New(slog.DiscardHandler),
	}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/2015-03-31/functions/provisioner/invocations" || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
			t.Errorf("called %s with %v", r.URL, r.Header)
		}
		event, _ := io.ReadAll(r.Body)
		answer, err := w.Handle(r.Context(), event)
		if err != nil {
			t.Errorf("the function has failed: %v", err)
		}
		_ = json.NewEncoder(out).Encode(answer)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// A question arrives as it was asked, and so does the answer.
func TestRemote(t *testing.T) {
	t.Parallel()
	for _, asked := range []shop.RemoteRead{question, {Account: "acc_1", Service: "svc_1", Name: "list"}} {
		var got shop.RemoteRead
		endpoint := provisioner(t, func(r shop.RemoteRead) (json.RawMessage, error) {
			got = r
			return json.RawMessage(`{"cpu":[1,2.5],"é":"<&>"}`), nil
		})
		answer, err := remoteAt(endpoint)(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(asked, got); diff != "" {
			t.Errorf("the question (-asked +arrived):\n%s", diff)
		}
		var value map[string]any
		if err := json.Unmarshal(answer, &value); err != nil || value["é"] != "<&>" {
			t.Errorf("the answer is %s, %v", answer, err)
		}
	}
}

// A refusal keeps its code and its words. Its cause stays where it is.
func TestRemoteRefuses(t *testing.T) {
	t.Parallel()
	refusal := fault.Wrap(fault.UnsupportedImage, errors.New("an internal text"), "No such image.").
		Fix("Take another.").After(1500*time.Millisecond).With("image", "none")
	refusal.Problems = []fault.Problem{{Code: fault.UnsupportedImage, Param: "$.image", Detail: "is none"}}
	endpoint := provisioner(t, func(shop.RemoteRead) (json.RawMessage, error) { return nil, refusal })
	_, err := remoteAt(endpoint)(t.Context(), question)
	got := fault.From(err)
	want := fault.New(fault.UnsupportedImage, "No such image.").Fix("Take another.").After(1500*time.Millisecond).With("image", "none")
	want.Problems = refusal.Problems
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(fault.Error{})); diff != "" {
		t.Errorf("the refusal (-want +got):\n%s", diff)
	}
	if strings.Contains(got.Error(), "internal text") {
		t.Errorf("the cause has come along: %v", got)
	}
}

// Whatever is no answer of the provisioner is one thing to callers: its provider does
// not answer, and they may ask again.
func TestRemoteDoesNotAnswer(t *testing.T) {
	t.Parallel()
	const internal = "internal-text"
	tests := map[string]http.HandlerFunc{
		"a throttle": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-Errortype", "TooManyRequestsException")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"a crash": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			_, _ = io.WriteString(w, `{"errorMessage":"`+internal+`","errorType":"Runtime.ExitError"}`)
		},
		"no JSON":          says(internal),
		"null":             says(`null`),
		"nothing":          says(``),
		"another answer":   says(`{"batchItemFailures":null}`),
		"an unknown error": says(`{"error":{"code":"` + internal + `","detail":"` + internal + `"}}`),
		"silence": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(answer)
			t.Cleanup(server.Close)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := remoteAt(server.URL)(ctx, question)
			got := fault.From(err)
			if got.Code != fault.ProviderUnavailable || got.RetryAfter < time.Second || strings.Contains(got.Detail, internal) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}
