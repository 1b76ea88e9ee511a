package dashboard

import (
	"sync"

	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// state is how something stands: a word with an icon and a tone, the same on every
// page.
type state struct {
	word string
	icon string // of icons.svg; busy turns
	tone string // a class of the style sheet
}

const busy = "busy"

func good(word string) state    { return state{word, "done", "ok"} }
func moving(word string) state  { return state{word, busy, busy} }
func waiting(word string) state { return state{word, "clock", "warn"} }
func careful(word string) state { return state{word, "warn", "warn"} }
func broken(word string) state  { return state{word, "failed", "bad"} }
func over(word string) state    { return state{word, "dash", "muted"} }

// states says it of every enumeration that pages show.
var states = map[string]state{
	"service " + string(shop.ServiceProvisioning): moving("Provisioning"),
	"service " + string(shop.ServiceActive):       good("Active"),
	"service " + string(shop.ServiceSuspended):    careful("Suspended"),
	"service " + string(shop.ServiceCanceled):     over("Ended"),
	"service " + string(shop.ServiceFailed):       broken("Failed"),

	"purchase " + string(shop.PurchasePendingApproval): waiting("Waiting for approval"),
	"purchase " + string(shop.PurchaseDenied):          over("Denied"),
	"purchase " + string(shop.PurchaseExpired):         over("Expired"),
	"purchase " + string(shop.PurchaseCompleted):       good("Completed"),
	"purchase " + string(shop.PurchasePartiallyFailed): careful("Partly failed"),
	"purchase " + string(shop.PurchaseFailed):          broken("Failed"),

	"approval " + string(shop.ApprovalPending):  waiting("Waiting for you"),
	"approval " + string(shop.ApprovalApproved): good("Approved"),
	"approval " + string(shop.ApprovalDenied):   over("Denied"),
	"approval " + string(shop.ApprovalExpired):  over("Expired"),

	"item " + string(shop.Available): good("Available"),
	"item " + string(shop.Limited):   careful("Limited"),
	"item " + string(shop.SoldOut):   over("Sold out"),

	"action " + string(shop.ActionRunning):   moving("Running"),
	"action " + string(shop.ActionSucceeded): good("Done"),
	"action " + string(shop.ActionFailed):    broken("Failed"),

	"bill " + string(shop.BillActive):    good("Paid"),
	"bill " + string(shop.BillPastDue):   careful("Past due"),
	"bill " + string(shop.BillSuspended): careful("Suspended"),
	"bill " + string(shop.BillEnded):     over("Ended"),

	"quote " + string(shop.QuoteOpen):    good("Open"),
	"quote " + string(shop.QuoteUsed):    good("Bought"),
	"quote " + string(shop.QuoteExpired): over("Expired"),
}

// stateOf is the state of a value of an enumeration.
func stateOf[T ~string](kind string, value T) state {
	if s, known := states[kind+" "+string(value)]; known {
		return s
	}
	return over(sentence(value))
}

// stateOfService says what the service does, or what is done with it.
func (s Site) stateOfService(service shop.Service, look product.Look) state {
	switch {
	case service.Current != nil && service.Status != shop.ServiceProvisioning:
		return moving(s.doing(service.ServiceType, service.Current.Intent.Action))
	case service.Status == shop.ServiceActive && look.AtRest:
		return over(look.Standing)
	case service.Status == shop.ServiceActive && look.Standing != "":
		return good(look.Standing)
	default:
		return stateOf("service", service.Status)
	}
}

// doing is an action that is under way, in one word.
func (s Site) doing(serviceType string, name shop.ActionName) string {
	if a, known := s.action(serviceType, name); known && a.Doing != "" {
		return a.Doing
	}
	switch name {
	case shop.ActionCreate:
		return "Provisioning"
	case shop.ActionDelete, shop.ActionCancel:
		return "Ending"
	case shop.ActionSuspend:
		return "Suspending"
	case shop.ActionResume:
		return "Resuming"
	default:
		return "Busy"
	}
}

// action finds an action of a product.
func (s Site) action(serviceType string, name shop.ActionName) (product.Action, bool) {
	for _, a := range s.wordsOf(serviceType).Actions {
		if a.Name == name {
			return a, true
		}
	}
	return product.Action{}, false
}

// look is how a service looks, by its product.
func (s Site) look(service shop.Service) (product.Look, error) {
	words := s.wordsOf(service.ServiceType)
	if words.Look == nil {
		return product.Look{}, nil
	}
	return words.Look(service.State)
}

// wordsOf are the words of the product of a service type; none of one that is not on the
// shelf.
func (s Site) wordsOf(serviceType string) product.Words { return s.words()[serviceType] }

// wordsOnce makes the words of each product when a page first needs them, and once: a
// list needs them for each row.
func wordsOnce(shelf product.Shelf) func() map[string]product.Words {
	return sync.OnceValue(func() map[string]product.Words {
		words := make(map[string]product.Words, len(shelf))
		for _, p := range shelf {
			words[p.Type] = p.Words()
		}
		return words
	})
}
