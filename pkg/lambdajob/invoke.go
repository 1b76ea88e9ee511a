package lambdajob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"agentstore/pkg/shop"
)

// budget is how long a purchase waits for its servers. A quick provider is done
// by then; a slow one goes on without the buyer.
const budget = 2500 * time.Millisecond

// Kick calls the function that provisions, and waits for it within the budget.
// A failure is logged and costs nothing but time: the jobs are in the table, and
// its stream brings them as well.
func Kick(config aws.Config, function string, log *slog.Logger) func(context.Context, []shop.JobRef) {
	address := endpoint(config) + "/2015-03-31/functions/" + url.PathEscape(function) + "/invocations"
	return func(ctx context.Context, refs []shop.JobRef) {
		ctx, cancel := context.WithTimeout(ctx, budget)
		defer cancel()
		if err := invoke(ctx, config, address, payload(refs)); err != nil {
			log.WarnContext(ctx, "provisioner not reached", "error", err.Error())
		}
	}
}

// endpoint is where Lambda is (AWS General Reference, "Lambda endpoints").
func endpoint(config aws.Config) string {
	if config.BaseEndpoint != nil {
		return *config.BaseEndpoint
	}
	suffix := "amazonaws.com"
	if strings.HasPrefix(config.Region, "cn-") {
		suffix += ".cn"
	}
	return "https://lambda." + config.Region + "." + suffix
}

// invoke makes the one request of Lambda that the store needs (Lambda API
// Reference, "Invoke"). The client of Lambda would add 0.7 MiB to each function
// that buys.
func invoke(ctx context.Context, config aws.Config, address string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	credentials, err := config.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(hash[:]), "lambda", config.Region, time.Now()); err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil { // so that the connection can be used again
		return err
	}
	failure := answer.Header.Get("X-Amzn-Errortype") + answer.Header.Get("X-Amz-Function-Error")
	if answer.StatusCode != http.StatusOK || failure != "" {
		return fmt.Errorf("status %d, %s", answer.StatusCode, failure)
	}
	return nil
}

func payload(refs []shop.JobRef) []byte {
	var e struct {
		Jobs []jobRef `json:"jobs"`
	}
	for _, ref := range refs {
		e.Jobs = append(e.Jobs, jobRef(ref))
	}
	text, _ := json.Marshal(e) // texts always encode
	return text
}
