package local

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/app"
	"agentstore/pkg/verify"
)

// ReadFiles reads every item of a table in this process, so that any damage is
// found, and counts them.
func (d Database) ReadFiles(ctx context.Context) (items int, err error) {
	err = d.Engine.Items(ctx, func(map[string]types.AttributeValue) error {
		items++
		return nil
	})
	return items, err
}

// Verify checks a store against its promises: every account that ever moved money,
// and what the provider runs.
func Verify(ctx context.Context, c app.Config, db Database) (verify.Report, error) {
	holdings, err := app.Servers(c, db.Table, app.Now).Holdings(ctx)
	if err != nil {
		return verify.Report{}, err
	}
	return verify.Everything(ctx, db.Table, holdings, app.Now(), app.Grace)
}
