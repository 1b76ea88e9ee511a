package lambdajob

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"agentstore/pkg/awsrequest"
	"agentstore/pkg/shop"
)

// budget is how long a purchase waits for its servers. A quick provider is done
// by then; a slow one goes on without the buyer.
const budget = 2500 * time.Millisecond

// Kick calls the function that provisions, and waits for it within the budget.
// A failure is logged and costs nothing but time: the jobs are in the table, and
// its stream brings them as well.
func Kick(config aws.Config, function string, log *slog.Logger) func(context.Context, []shop.JobRef) {
	return func(ctx context.Context, refs []shop.JobRef) {
		ctx, cancel := context.WithTimeout(ctx, budget)
		defer cancel()
		if _, err := invoke(ctx, config, function, payload(refs)); err != nil {
			log.WarnContext(ctx, "provisioner not reached", "error", err.Error())
		}
	}
}

// invoke makes the one request of Lambda that the store needs, and returns what the
// function has answered (Lambda API Reference, "Invoke").
func invoke(ctx context.Context, config aws.Config, function string, body []byte) ([]byte, error) {
	path := "/2015-03-31/functions/" + url.PathEscape(function) + "/invocations"
	answer, err := awsrequest.Post(ctx, config, "lambda", path, nil, body)
	if err != nil {
		return nil, err
	}
	failure := answer.Header.Get("X-Amzn-Errortype") + answer.Header.Get("X-Amz-Function-Error")
	if answer.Status != http.StatusOK || failure != "" {
		return nil, fmt.Errorf("status %d, %s", answer.Status, failure)
	}
	return answer.Body, nil
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
