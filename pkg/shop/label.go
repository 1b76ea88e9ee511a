package shop

import (
	"context"
	"fmt"
	"slices"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// The bounds of labels. Each label of each service is found by a row of its own, which is
// in the transaction of the purchase: MaxLabelings is how many rows there is room for.
const (
	MaxLabels    = 8
	MaxLabelings = 24
)

// Labeling says that a service is found by a label, or no more; without a label, by its
// agent.
type Labeling struct {
	Account id.Account
	Agent   id.Agent // who has the service
	Service id.Service
	Label   string
	Gone    bool
	// Outlook is that of a service that lives, where it is found by its status.
	Outlook Outlook
}

// listedStatuses are those whose services are a range like that of a label. What is being
// made has none: it is so for minutes, and among the newest, and each purchase would write
// one row more for each service.
var listedStatuses = []ServiceStatus{ServiceActive, ServiceSuspended, ServiceCanceled, ServiceFailed}

// ListedStatuses are the statuses by which services are found.
func ListedStatuses() []ServiceStatus { return slices.Clone(listedStatuses) }

// StatusLabel is what the services of a status are found by; false where there is none.
// No label is spelled like it.
func StatusLabel(status ServiceStatus) (string, bool) {
	return "~" + string(status), slices.Contains(listedStatuses, status)
}

// checkLabels refuses labels twice, and more than a purchase of so many units can have.
func checkLabels(labels []string, quantity int) error {
	if err := distinct(labels); err != nil {
		return err
	}
	if len(labels)*quantity > MaxLabelings {
		return fault.InvalidParam("$.labels", "must be at most %d for %d units: all units have them, and a purchase has room for %d labels", MaxLabelings/quantity, quantity, MaxLabelings).
			Fix("Send fewer labels, or a smaller quantity. More labels can be set with service_labels_set after the purchase.")
	}
	return nil
}

func distinct(labels []string) error {
	for i, label := range labels {
		if slices.Contains(labels[:i], label) {
			return fault.InvalidParam(fmt.Sprintf("$.labels[%d]", i), "must not be there twice").
				Fix("Send each label once.")
		}
	}
	return nil
}

// labelled are the labelings of new services.
func labelled(services []Service) (all []Labeling) {
	for _, s := range services {
		all = append(all, s.labelings(s.Labels, nil)...)
	}
	return all
}

// labelings are what has to be written where a service gets labels and had others.
func (s Service) labelings(labels, before []string) (all []Labeling) {
	for _, label := range labels {
		if !slices.Contains(before, label) {
			all = append(all, Labeling{Account: s.Account, Agent: s.Agent, Service: s.ID, Label: label})
		}
	}
	for _, label := range before {
		if !slices.Contains(labels, label) {
			all = append(all, Labeling{Account: s.Account, Agent: s.Agent, Service: s.ID, Label: label, Gone: true})
		}
	}
	return all
}

// SetLabels replaces what a service is found by, which may be nothing. One that has ended
// can still be labelled. It returns not_found, invalid_input, precondition_failed and
// idempotency_conflict.
func (s *Shop) SetLabels(ctx context.Context, caller Caller, serviceID id.Service, labels []string, request Request[Service]) (Response, error) {
	if err := distinct(labels); err != nil {
		return Response{}, err
	}
	return write(ctx, s, caller, request, func() (decision[Service], error) {
		var seat *Budget
		var service Service
		err := parallel(
			func() (err error) { seat, err = s.seat(ctx, caller); return err },
			func() (err error) { service, err = s.Service(ctx, caller, serviceID); return err },
		)
		if err == nil {
			err = caller.expects(service)
		}
		if err != nil {
			return decision[Service]{}, err
		}
		moved := service.labelings(labels, service.Labels)
		service.Labels = labels
		service.Version++
		service.UpdatedAt = s.Now()
		return decision[Service]{
			result: service, change: Change{Services: []Service{service}, Labelings: moved},
			subject: string(service.ID), keepFor: RecordLifetime, seat: seat,
		}, nil
	})
}
