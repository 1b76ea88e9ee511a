package seal

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"agentstore/pkg/awsrequest"
	"agentstore/pkg/shop"
)

// KMS seals each secret with a data key of its own, which a key of AWS KMS wraps (AWS
// KMS developer guide, "Data keys"). The key is named by its id or its ARN, and never
// leaves KMS.
func KMS(config aws.Config, key string) Ring { return Ring{kms{config, key}} }

// The bounds of one call. A secret that is read is gone from the table, so that KMS
// is asked again before it is given up.
const (
	kmsAttempts = 3
	kmsTimeout  = time.Second
	kmsPause    = 50 * time.Millisecond
)

type kms struct {
	config aws.Config
	key    string
}

// kmsRequest and kmsAnswer are those of GenerateDataKey and Decrypt (AWS KMS API
// Reference). JSON has bytes as base64.
type kmsRequest struct {
	KeyID             string            `json:"KeyId"`
	KeySpec           string            `json:"KeySpec,omitempty"`
	CiphertextBlob    []byte            `json:"CiphertextBlob,omitempty"`
	EncryptionContext map[string]string `json:"EncryptionContext"`
}

type kmsAnswer struct {
	Plaintext      []byte `json:"Plaintext"`
	CiphertextBlob []byte `json:"CiphertextBlob"`
	Type           string `json:"__type"`
	Message        string `json:"message"`
}

// lost are the errors of Decrypt that no other attempt mends.
var lost = []string{
	"DisabledException", "IncorrectKeyException", "InvalidCiphertextException", "InvalidKeyUsageException",
	"KMSInvalidStateException", "NotFoundException",
}

func (k kms) fresh(ctx context.Context, of shop.SecretOf) (key, wrapped []byte, err error) {
	answer, err := k.call(ctx, "GenerateDataKey", kmsRequest{KeyID: k.key, KeySpec: "AES_256", EncryptionContext: encryptionContext(of)})
	if err != nil {
		return nil, nil, err
	}
	if len(answer.CiphertextBlob) == 0 {
		return nil, nil, fmt.Errorf("kms GenerateDataKey: the answer has no wrapped key")
	}
	return answer.Plaintext, answer.CiphertextBlob, nil
}

func (k kms) again(ctx context.Context, of shop.SecretOf, wrapped []byte) ([]byte, error) {
	if len(wrapped) == 0 {
		return nil, shop.ErrUnreadable // it was sealed by another ring
	}
	answer, err := k.call(ctx, "Decrypt", kmsRequest{KeyID: k.key, CiphertextBlob: wrapped, EncryptionContext: encryptionContext(of)})
	if refusal, ok := err.(*kmsRefusal); ok && slices.Contains(lost, refusal.name) {
		return nil, shop.ErrUnreadable
	}
	return answer.Plaintext, err
}

// encryptionContext binds a data key to an action. KMS writes it into its log, so that
// it is of identifiers alone.
func encryptionContext(of shop.SecretOf) map[string]string {
	return map[string]string{"account": string(of.Account), "service": string(of.Service), "action": string(of.Action)}
}

func (k kms) call(ctx context.Context, operation string, request kmsRequest) (answer kmsAnswer, err error) {
	for attempt := 1; ; attempt++ {
		answer, err = k.try(ctx, operation, request)
		refusal, refused := err.(*kmsRefusal)
		if err == nil || refused && refusal.final() || attempt == kmsAttempts {
			return answer, err
		}
		select {
		case <-time.After(kmsPause << attempt):
		case <-ctx.Done():
			return answer, err
		}
	}
}

func (k kms) try(ctx context.Context, operation string, request kmsRequest) (kmsAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, kmsTimeout)
	defer cancel()
	body, err := json.Marshal(request)
	if err != nil {
		return kmsAnswer{}, err
	}
	header := http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"TrentService." + operation}}
	sent, err := awsrequest.Post(ctx, k.config, "kms", "/", header, body)
	if err != nil {
		return kmsAnswer{}, fmt.Errorf("kms %s: %w", operation, err)
	}
	var answer kmsAnswer
	err = json.Unmarshal(sent.Body, &answer)
	if sent.Status != http.StatusOK {
		return kmsAnswer{}, &kmsRefusal{operation: operation, status: sent.Status, name: errorName(answer.Type), message: answer.Message}
	}
	if err == nil && len(answer.Plaintext) != KeySize {
		err = fmt.Errorf("the key has %d bytes", len(answer.Plaintext))
	}
	if err != nil {
		return kmsAnswer{}, fmt.Errorf("kms %s: %w", operation, err)
	}
	return answer, nil
}

// errorName is the name of an error without the namespace that may stand before it.
func errorName(kind string) string { return kind[strings.LastIndex(kind, "#")+1:] }

// kmsRefusal is an error that KMS has answered.
type kmsRefusal struct {
	operation, name, message string
	status                   int
}

func (e *kmsRefusal) Error() string {
	return fmt.Sprintf("kms %s: status %d, %s: %s", e.operation, e.status, e.name, e.message)
}

// final reports whether another attempt would be answered alike (AWS KMS API Reference,
// "Common errors").
func (e *kmsRefusal) final() bool {
	passing := []string{"ThrottlingException", "LimitExceededException", "KeyUnavailableException", "DependencyTimeoutException", "KMSInternalException"}
	return e.status < http.StatusInternalServerError && e.status != http.StatusTooManyRequests && !slices.Contains(passing, e.name)
}
