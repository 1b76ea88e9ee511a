package app

import (
	"agentstore/pkg/seal"
	"agentstore/pkg/shop"
)

// secrets is the ring of a store on AWS. It is separate from Shop and Worker: only
// the provisioner may seal, and only what answers for actions may open.
func secrets(c Config) seal.Ring { return seal.KMS(AWS(c, c.Endpoints.KMS), c.SecretsKey) }

// revealing is a shop that opens what providers gave.
func revealing(c Config, s *shop.Shop) *shop.Shop {
	if c.SecretsKey != "" {
		s.OpenSecret = secrets(c).Open
	}
	return s
}
