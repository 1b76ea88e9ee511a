package lambdajob

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"agentstore/pkg/shop"
)

// budget is how long a purchase waits for its servers. A quick provider is done
// by then; a slow one goes on without the buyer.
const budget = 2500 * time.Millisecond

// Kick calls the function that provisions, and waits for it within the budget.
// A failure is logged and costs nothing but time: the jobs are in the table, and
// its stream brings them as well.
func Kick(config aws.Config, function string, log *slog.Logger) func(context.Context, []shop.JobRef) {
	client := lambda.NewFromConfig(config, func(o *lambda.Options) { o.RetryMaxAttempts = 1 })
	return func(ctx context.Context, refs []shop.JobRef) {
		ctx, cancel := context.WithTimeout(ctx, budget)
		defer cancel()
		_, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &function, Payload: payload(refs)})
		if err != nil {
			log.WarnContext(ctx, "provisioner not reached", "error", err.Error())
		}
	}
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
