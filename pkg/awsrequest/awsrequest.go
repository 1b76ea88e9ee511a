// Package awsrequest makes single signed requests to AWS services, for programs that
// need only one call: the SDK's client would add 0.7 MiB to each function.
package awsrequest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Answer is a service's answer, whatever its status.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// longest is more than any answer requested here has; that of a function has at most
// 6 MB (Lambda quotas, "Invocation payload").
const longest = 7 << 20

// Endpoint is where a service of that name is: at the endpoint of the configuration,
// or at AWS in its region (AWS General Reference, "AWS service endpoints").
func Endpoint(config aws.Config, service string) string {
	if config.BaseEndpoint != nil {
		return strings.TrimSuffix(*config.BaseEndpoint, "/")
	}
	suffix := "amazonaws.com"
	if strings.HasPrefix(config.Region, "cn-") {
		suffix += ".cn"
	}
	return "https://" + service + "." + config.Region + "." + suffix
}

// Post sends the body to a path of the service, signed (Signature Version 4). It
// returns an error if there is no answer.
func Post(ctx context.Context, config aws.Config, service, path string, header http.Header, body []byte) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, Endpoint(config, service)+path, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	credentials, err := config.Credentials.Retrieve(ctx)
	if err != nil {
		return Answer{}, err
	}
	hash := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(hash[:]), service, config.Region, time.Now()); err != nil {
		return Answer{}, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	// To its end, so that the connection can be used again.
	text, err := io.ReadAll(io.LimitReader(response.Body, longest))
	return Answer{response.StatusCode, response.Header, text}, err
}
