package main

import (
	"context"

	"agentstore/pkg/app"
	"agentstore/pkg/openapi"
)

func printOpenAPI(_ context.Context, in invocation) error {
	document, err := openapi.Document(app.Shelf())
	if err != nil {
		return err
	}
	_, err = in.out.Write(document)
	return err
}
