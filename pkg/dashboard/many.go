package dashboard

import (
	"context"
	"net/http"
	"net/url"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// farewell is what the page about the end of many services shows.
type farewell struct {
	matching shop.Matching
	preview  shop.ManyPreview
	wrong    *fault.Error
	key      string
}

// name is what is typed to cancel them: the label, or how many they are.
func (l farewell) name() string {
	if l.matching.Label != "" {
		return l.matching.Label
	}
	return plural(len(l.preview.Services), "service", "services")
}

// many shows what it comes to to cancel all services with a label, or of an agent.
func (s Site) many(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountServiceCancelManyPreview())
	if err != nil {
		return err
	}
	asked := r.URL.Query()
	if written := f.written(); written != nil {
		asked = written
	}
	return s.showMany(w, r, f, farewell{matching: matchingOf(asked)})
}

func matchingOf(fields url.Values) shop.Matching {
	return shop.Matching{Label: fields.Get("label"), Agent: id.Agent(fields.Get("agent"))}
}

func (s Site) showMany(w http.ResponseWriter, r *http.Request, f *frame, l farewell) error {
	l.key = newKey()
	err := s.fill(r.Context(), f, func(ctx context.Context) (err error) {
		l.preview, err = s.Shop.PreviewCancelMany(ctx, f.caller, l.matching)
		return err
	})
	if err != nil {
		return err
	}
	return render(w, r, statusOf(l.wrong), manyPage(f, l))
}

// endMany cancels them.
func (s Site) endMany(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.AccountServiceCancelManyPreview())
	if err != nil {
		return err
	}
	values := map[string]any{"token": fields.Get("token")}
	set(values, "label", fields.Get("label"), func(text string) any { return text })
	set(values, "agentId", fields.Get("agent"), func(text string) any { return text })
	var answer api.Answer
	if fields.Get("name") == fields.Get("named") {
		answer, err = s.do(r, entry, api.AccountServiceCancelMany(), values, keyOf(fields))
	} else {
		err = fault.InvalidParam("$.name", "must be what the page asks for, to be sure that these are the ones you mean").Fix("Type %s.", fields.Get("named"))
	}
	if err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error {
			return s.showMany(w, r, f, farewell{matching: matchingOf(fields), wrong: wrong})
		})
	}
	begun, err := read[struct{ CancellationID string }](answer)
	if err != nil {
		return err
	}
	http.Redirect(w, r, web.ManyPath+"/"+begun.CancellationID, http.StatusSeeOther)
	return nil
}

// ended shows how far a cancellation of many is.
func (s Site) ended(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountServiceCancelManyGet())
	if err != nil {
		return err
	}
	var many shop.ManyCancellation
	err = s.fill(r.Context(), f, func(ctx context.Context) (err error) {
		many, err = s.Shop.ManyCancellation(ctx, f.caller, id.Cancellation(r.PathValue("cancellationId")))
		return err
	})
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, endedPage(f, many))
}
