package shop

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// RemoteRead is a question that only the provider of a service can answer.
type RemoteRead struct {
	Account id.Account
	Service id.Service
	// Name is what the product calls the read, and Input its arguments as a JSON object.
	Name  string
	Input json.RawMessage
}

// RemoteReader is a Fulfilment that also answers questions about a service. Read
// returns JSON; a *fault.Error or a Refusal for a no that callers may see; any other
// error for what is the provider's own affair.
type RemoteReader interface {
	Read(ctx context.Context, service Service, name string, input json.RawMessage) (json.RawMessage, error)
}

// remoteTime is how long a provider may take to answer a question. The caller waits
// a little longer, to allow for the way, and so learns of a timeout; see
// RemoteBudget.
const remoteTime = 3500 * time.Millisecond

// RemoteBudget is how long a request waits for the provisioner. A request has five
// seconds: the rest is for reading the service first, and for the answer.
const RemoteBudget = 4 * time.Second

// readRemote asks the provider of a service that the caller sees. It returns
// provider_unavailable, and the product's own refusals.
func (s *Shop) readRemote(ctx context.Context, caller Caller, service Service, name string, input json.RawMessage) (json.RawMessage, error) {
	// A provider is not troubled by callers without a good key.
	if err := caller.Confirm(ctx); err != nil {
		return nil, err
	}
	if s.Remote == nil {
		return nil, RemoteUnavailable(errors.New("remote read: nobody can ask a provider"))
	}
	ctx, cancel := context.WithTimeout(ctx, RemoteBudget)
	defer cancel()
	answer, err := s.Remote(ctx, RemoteRead{Account: service.Account, Service: service.ID, Name: name, Input: input})
	return answer, remoteError(err)
}

// RemoteUnavailable is what callers learn about a provider that does not answer
// properly: only that. The cause is for the log.
func RemoteUnavailable(cause error) *fault.Error {
	return fault.Wrap(fault.ProviderUnavailable, cause, "The provider of the service does not answer at this moment.").
		Fix("Send the same request again in a few seconds: it changes nothing.").
		After(2 * time.Second)
}

// remoteError is what callers see of an error of a read: its own text where it is a
// refusal, and nothing of it otherwise.
func remoteError(err error) error {
	var known *fault.Error
	var refusal *Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known) && known.Code != fault.Internal:
		return known
	case errors.As(err, &refusal):
		return fault.New(fault.ServiceNotReady, "The provider refuses: %s.", refusal.Reason).
			Fix("Read the service with service_get: its state says what can be asked now.")
	default:
		return RemoteUnavailable(err)
	}
}

// Read has the product of a service ask its provider. Its errors are *fault.Error;
// whatever callers do not learn is logged.
func (w *Worker) Read(ctx context.Context, r RemoteRead) (answer json.RawMessage, err error) {
	err = fault.Guard(func() (err error) {
		answer, err = w.read(NoRequest(ctx), r)
		return err
	})
	if err == nil && !json.Valid(answer) {
		err = errors.New("remote read: the answer is no JSON")
	}
	if err == nil {
		return answer, nil
	}
	refused := remoteError(err)
	if fault.Is(refused, fault.ProviderUnavailable) {
		w.Log.ErrorContext(ctx, "remote read", "serviceId", string(r.Service), "read", r.Name, "cause", err.Error())
	}
	return nil, refused
}

func (w *Worker) read(ctx context.Context, r RemoteRead) (json.RawMessage, error) {
	service, err := w.Store.Service(ctx, r.Account, r.Service)
	if errors.Is(err, ErrNotFound) {
		return nil, fault.New(fault.NotFound, "There is no service %+q.", r.Service).
			Fix("List the services with service_list.")
	}
	if err != nil {
		return nil, err
	}
	reader, ok := w.Fulfilments[service.ServiceType].(RemoteReader)
	if !ok {
		return nil, errors.New("remote read: nothing of " + service.ServiceType + " is read from a provider")
	}
	ctx, cancel := context.WithTimeout(ctx, remoteTime)
	defer cancel()
	return reader.Read(ctx, service, r.Name, r.Input)
}
