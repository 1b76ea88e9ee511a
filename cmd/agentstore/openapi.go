package main

import (
	"context"

	"agentstore/pkg/api"
	"agentstore/pkg/openapi"
)

func printOpenAPI(_ context.Context, in invocation) error {
	document, err := openapi.Document(api.All())
	if err != nil {
		return err
	}
	_, err = in.out.Write(document)
	return err
}
