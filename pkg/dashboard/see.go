package dashboard

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// sight is what a page shows of what a product reads of a service.
type sight struct {
	seen
	read    product.Read
	asked   string // by which input it can be read otherwise; empty for none
	choices []string
	chosen  string
	charts  product.Charts
	wrong   *fault.Error // why it could not be read
}

// sight shows what can be read of a service as charts: as a page, and as the part of the
// page of the service that asks for it once it is there, so that no page waits for a
// provider.
func (s Site) sight(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountServiceGet())
	if err != nil {
		return err
	}
	serviceType, name, _ := strings.Cut(r.PathValue("read"), ":")
	reads := s.charted(serviceType)
	at := slices.IndexFunc(reads, func(read product.Read) bool { return read.Name == name })
	if at < 0 {
		return fault.New(fault.NotFound, "There is nothing to see by the name %+q.", r.PathValue("read")).
			Fix("Open the service: it shows what can be seen of it.")
	}
	v := sight{read: reads[at]}
	v.choose(r)
	var answer json.RawMessage
	var unread error
	err = s.fill(r.Context(), f,
		func(ctx context.Context) (err error) {
			v.Service, err = s.Shop.Service(ctx, f.caller, serviceOf(r))
			return err
		},
		func(ctx context.Context) error {
			answer, unread = s.Shop.Read(ctx, f.caller, serviceOf(r), serviceType, v.read.ReadType, v.input())
			return nil
		},
	)
	if err != nil {
		return err
	}
	if v.look, err = s.look(v.Service); err != nil {
		return err
	}
	v.state = s.stateOfService(v.Service, v.look)
	if unread == nil {
		v.charts, unread = v.read.Charts(answer)
	}
	if unread != nil {
		v.wrong = web.Translate(r.Context(), unread)
	}
	status := statusOf(v.wrong)
	if r.Header.Get("HX-Request") != "" {
		status = http.StatusOK // or htmx would not show why there is nothing
	}
	return render(w, r, status, seePage(f, v))
}

// charted are the reads of a product that people see.
func (s Site) charted(serviceType string) []product.Read {
	return slices.DeleteFunc(slices.Clone(s.wordsOf(serviceType).Reads), func(r product.Read) bool { return r.Charts == nil })
}

// choose takes what the request asks for of the first input that is one of a few texts.
func (v *sight) choose(r *http.Request) {
	for _, field := range v.read.Input {
		if len(field.Schema.Enum) == 0 {
			continue
		}
		v.asked = field.Name
		for _, value := range field.Schema.Enum {
			v.choices = append(v.choices, fmt.Sprint(value))
		}
		v.chosen = v.choices[0]
		if asked := r.URL.Query().Get(v.asked); slices.Contains(v.choices, asked) {
			v.chosen = asked
		}
		return
	}
}

func (v sight) input() json.RawMessage {
	if v.asked == "" {
		return nil
	}
	input, _ := json.Marshal(map[string]string{v.asked: v.chosen}) // texts always encode
	return input
}

// seePath is where something is seen of a service.
func seePath(service shop.Service, read product.Read) string {
	return servicePath(service.ID) + "/see/" + shop.Capability(service.ServiceType, shop.ActionName(read.Name))
}

// points are a line of a chart in a picture that is 100 high and ten wide a step.
func points(c product.Chart, l product.Line) string {
	top := highest(c)
	values := l.Points
	if len(values) == 1 {
		values = append(values, values[0]) // a line has two ends
	}
	var b strings.Builder
	for i, value := range values {
		fmt.Fprintf(&b, "%d,%.1f ", 10*i, 99-98*min(max(value, 0)/top, 1))
	}
	return strings.TrimSpace(b.String())
}

// highest is the number at the upper edge of a chart.
func highest(c product.Chart) float64 {
	if c.Top > 0 {
		return c.Top
	}
	top := 0.0
	for _, l := range c.Lines {
		for _, value := range l.Points {
			top = max(top, value)
		}
	}
	if top <= 0 {
		return 1
	}
	return top
}

// chartWidth is how wide the picture of a chart is.
func chartWidth(c product.Chart) string {
	most := 2
	for _, l := range c.Lines {
		most = max(most, len(l.Points))
	}
	return strconv.Itoa(10 * (most - 1))
}

// figures are what a line comes to.
type figures struct{ last, mean, most float64 }

func figuresOf(l product.Line) (f figures) {
	for _, value := range l.Points {
		f.last, f.most = value, max(f.most, value)
		f.mean += value / float64(len(l.Points))
	}
	return f
}

// measure writes a number with its unit as people do, as 12.5 MB/s.
func measure(value float64, unit string) string {
	prefix := ""
	for _, next := range []string{"k", "M", "G", "T"} {
		if unit == "%" || value < 1000 {
			break
		}
		value /= 1000
		prefix = next
	}
	return strings.TrimSuffix(strconv.FormatFloat(value, 'f', 1, 64), ".0") + " " + prefix + unit
}
