package hetzner

import (
	"maps"
	"slices"

	"agentstore/pkg/product/server"
)

// Codes are those of the table.
func Codes() []string { return slices.Sorted(maps.Keys(advices)) }

// CloudInit is the user data of a server.
func CloudInit(spec server.Spec) (string, error) { return cloudInit(spec) }
