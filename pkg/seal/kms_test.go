package seal_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"agentstore/pkg/seal"
	"agentstore/pkg/shop"
)

const keyARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// fakeKMS answers as AWS KMS does (AWS KMS API Reference, GenerateDataKey and
// Decrypt), and refuses what AWS would refuse.
type fakeKMS struct {
	t   *testing.T
	url string

	mu     sync.Mutex
	issued map[string]issued // by the wrapped key
	calls  []string
	// failures are what the next calls are answered, one each.
	failures []failure
}

type issued struct {
	key     []byte
	context map[string]string
}

type failure struct {
	status int
	name   string
}

func newKMS(t *testing.T) *fakeKMS {
	t.Helper()
	k := &fakeKMS{t: t, issued: make(map[string]issued)}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	k.url = server.URL
	return k
}

func (k *fakeKMS) ring() seal.Ring {
	return seal.KMS(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &k.url,
		Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "session"),
	}, keyARN)
}

var signature = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=AKID/\d{8}/eu-west-1/kms/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}$`)

func (k *fakeKMS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	signed := signature.FindStringSubmatch(r.Header.Get("Authorization"))
	if signed == nil || !strings.Contains(signed[1], "content-type;") || !strings.Contains(signed[1], "x-amz-target") {
		k.t.Errorf("signed by %q", r.Header.Get("Authorization"))
	}
	if r.Method != http.MethodPost || r.URL.Path != "/" || r.Header.Get("Content-Type") != "application/x-amz-json-1.1" || r.Header.Get("X-Amz-Security-Token") != "session" {
		k.t.Errorf("asked by %s %s with %v", r.Method, r.URL, r.Header)
	}
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "TrentService.")
	k.calls = append(k.calls, operation+" "+string(body))
	if len(k.failures) > 0 {
		f := k.failures[0]
		k.failures = k.failures[1:]
		refuse(w, f)
		return
	}
	k.answer(w, operation, body)
}

func refuse(w http.ResponseWriter, f failure) {
	w.WriteHeader(f.status)
	text, _ := json.Marshal(map[string]string{"__type": f.name, "message": "why"})
	_, _ = w.Write(text)
}

func (k *fakeKMS) answer(w http.ResponseWriter, operation string, body []byte) {
	var in struct {
		KeyID, KeySpec    string `json:"-"`
		CiphertextBlob    []byte
		EncryptionContext map[string]string
	}
	var names map[string]any
	if json.Unmarshal(body, &in) != nil || json.Unmarshal(body, &names) != nil || names["KeyId"] != keyARN {
		refuse(w, failure{http.StatusBadRequest, "ValidationException"})
		return
	}
	out := map[string]any{"KeyId": keyARN}
	switch operation {
	case "GenerateDataKey":
		if got := slices.Sorted(maps.Keys(names)); !slices.Equal(got, []string{"EncryptionContext", "KeyId", "KeySpec"}) || names["KeySpec"] != "AES_256" {
			k.t.Errorf("GenerateDataKey has %v", names)
		}
		key, wrapped := make([]byte, 32), make([]byte, 184)
		_, _ = rand.Read(key)
		_, _ = rand.Read(wrapped)
		k.issued[string(wrapped)] = issued{key, in.EncryptionContext}
		out["Plaintext"], out["CiphertextBlob"] = key, wrapped
	case "Decrypt":
		if got := slices.Sorted(maps.Keys(names)); !slices.Equal(got, []string{"CiphertextBlob", "EncryptionContext", "KeyId"}) {
			k.t.Errorf("Decrypt has %v", names)
		}
		found, ok := k.issued[string(in.CiphertextBlob)]
		if !ok || !maps.Equal(found.context, in.EncryptionContext) {
			refuse(w, failure{http.StatusBadRequest, "InvalidCiphertextException"})
			return
		}
		out["Plaintext"], out["EncryptionAlgorithm"] = found.key, "SYMMETRIC_DEFAULT"
	default:
		refuse(w, failure{http.StatusBadRequest, "UnknownOperationException"})
		return
	}
	text, _ := json.Marshal(out)
	_, _ = w.Write(text)
}

// Each secret has a key of its own, and its encryption context names the action.
func TestKMSIsAskedOnce(t *testing.T) {
	t.Parallel()
	k := newKMS(t)
	s := sealed(t, k.ring(), "hunter2")
	if _, err := k.ring().Open(t.Context(), action, s); err != nil {
		t.Fatal(err)
	}
	if len(k.calls) != 2 || len(k.issued) != 1 {
		t.Fatalf("the calls are %q", k.calls)
	}
	for i, operation := range []string{"GenerateDataKey ", "Decrypt "} {
		if !strings.HasPrefix(k.calls[i], operation) || !strings.Contains(k.calls[i], `"EncryptionContext":{"account":"acc_1","action":"act_1","service":"svc_1"}`) {
			t.Errorf("call %d is %s", i+1, k.calls[i])
		}
		if strings.Contains(k.calls[i], "hunter2") {
			t.Errorf("KMS has seen the secret: %s", k.calls[i])
		}
	}
}

// What may pass is tried again; what will not is said at once.
func TestKMSFails(t *testing.T) {
	t.Parallel()
	throttled := failure{http.StatusBadRequest, "ThrottlingException"}
	tests := map[string]struct {
		failures []failure
		calls    int
		// unreadable: the secret is lost. good: it is opened.
		unreadable, good bool
	}{
		"throttled once":           {[]failure{throttled}, 2, false, true},
		"throttled for long":       {[]failure{throttled, throttled, throttled}, 3, false, false},
		"broken once":              {[]failure{{http.StatusInternalServerError, "KMSInternalException"}}, 2, false, true},
		"broken without a word":    {[]failure{{http.StatusBadGateway, ""}}, 2, false, true},
		"not allowed":              {[]failure{{http.StatusBadRequest, "AccessDeniedException"}}, 1, false, false},
		"a key that is disabled":   {[]failure{{http.StatusBadRequest, "DisabledException"}}, 1, true, false},
		"a key that is gone":       {[]failure{{http.StatusBadRequest, "com.amazonaws.kms#NotFoundException"}}, 1, true, false},
		"a key that is to be gone": {[]failure{{http.StatusBadRequest, "KMSInvalidStateException"}}, 1, true, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKMS(t)
			s := sealed(t, k.ring(), "hunter2")
			k.calls, k.failures = nil, tt.failures
			got, err := k.ring().Open(t.Context(), action, s)
			if len(k.calls) != tt.calls || errors.Is(err, shop.ErrUnreadable) != tt.unreadable || (err == nil && string(got) == "hunter2") != tt.good {
				t.Errorf("%d calls, opened %q, %v", len(k.calls), got, err)
			}
		})
	}
}

// A key that no secret could be sealed with is refused.
func TestKMSAnswersNonsense(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{``, `{}`, `[]`, `{"Plaintext":"AA==","CiphertextBlob":"AA=="}`, `{"Plaintext":"` + strings.Repeat("A", 43) + `="}`} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }))
		t.Cleanup(server.Close)
		k := &fakeKMS{url: server.URL}
		if s, err := k.ring().Seal(t.Context(), action, []byte("hunter2")); err == nil {
			t.Errorf("%s: sealed %x", answer, s)
		}
	}
}

// Nobody waits for KMS longer than they have.
func TestKMSIsSilent(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then it is seen that the caller has gone
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	k := &fakeKMS{url: server.URL}
	if _, err := k.ring().Seal(ctx, action, nil); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}
