package shop

import (
	"context"
	"encoding/json"

	"agentstore/pkg/id"
)

// ReadType is something that can be read of the services of a product, besides their
// state.
type ReadType struct {
	Name  string // as metrics
	Scope Scope
	// Read answers with one JSON object. The input is a JSON object, already checked.
	// Read is nil for what only the provider of the service knows, which is asked then.
	Read func(service Service, input json.RawMessage) (json.RawMessage, error)
}

// Remote reports whether the provider is asked.
func (r ReadType) Remote() bool { return r.Read == nil }

// Read reads something of a service that the caller sees. It returns not_found,
// service_not_ready for a service of another type, provider_unavailable where the
// provider is asked, and the errors of the product.
func (s *Shop) Read(ctx context.Context, caller Caller, serviceID id.Service, serviceType string, read ReadType, input json.RawMessage) (json.RawMessage, error) {
	service, err := s.Service(ctx, caller, serviceID)
	if err == nil && (service.ServiceType != serviceType || !s.Products.provides(service, read.Name)) {
		err = s.incapable(service, serviceType+":"+read.Name)
	}
	if err != nil {
		return nil, err
	}
	if read.Remote() {
		return s.readRemote(ctx, caller, service, read.Name, input)
	}
	return read.Read(service, input)
}
