package shop

import (
	"context"
	"encoding/json"

	"agentstore/pkg/id"
)

// ReadType is something that can be read of the services of a product, beside their
// state.
type ReadType struct {
	Name  string // as metrics
	Scope Scope
	// Read answers with one JSON object. The input is a JSON object that was checked.
	Read func(service Service, input json.RawMessage) (json.RawMessage, error)
}

// Read reads something of a service that the caller sees. It returns not_found,
// service_not_ready for a service of another type, and the errors of the product.
func (s *Shop) Read(ctx context.Context, caller Caller, serviceID id.Service, serviceType string, read ReadType, input json.RawMessage) (json.RawMessage, error) {
	service, err := s.Service(ctx, caller, serviceID)
	if err == nil && service.ServiceType != serviceType {
		err = s.incapable(service, serviceType+":"+read.Name)
	}
	if err != nil {
		return nil, err
	}
	return read.Read(service, input)
}
