package server

import (
	"strings"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// Label is how the store's servers are recognized at a provider. It names the
// account and the service, so that an orphan can be traced without a search: two
// ULIDs with a hyphen between, 53 characters, which fits the label of every provider
// (Kubernetes and Hetzner Cloud allow 63).
type Label string

func labelOf(service shop.Service) Label {
	_, account, _ := strings.Cut(string(service.Account), "_")
	_, name, _ := strings.Cut(string(service.ID), "_")
	return Label(account + "-" + name)
}

// service is what the label names. A label of another form is somebody else's, whose
// server must not be taken for an orphan.
func (l Label) service() (shop.ServiceKey, bool) {
	account, name, _ := strings.Cut(string(l), "-")
	key := shop.ServiceKey{Account: id.Account("acc_" + account), Service: id.Service("svc_" + name)}
	return key, id.ValidAccount(key.Account) && id.ValidService(key.Service)
}
