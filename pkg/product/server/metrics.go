package server

import (
	_ "embed" // the example
	"encoding/json"
	"fmt"
	"time"

	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// exampleMetrics is a real run, which a test makes and compares.
//
//go:embed examples/server_metrics.json
var exampleMetrics string

// metrics are what only the provider of a server measures.
var metrics = shop.ReadType{Name: "metrics", Scope: "servers:read"}

func reads() []product.Read { return []product.Read{Metrics()} }

// Metrics reads what a server has done lately.
func Metrics() product.Read {
	return product.Read{
		ReadType:    metrics,
		Title:       "Read a server's metrics",
		Summary:     "Read what a server's CPU, disk and network have done lately.",
		Description: "Use it to see whether a server is busy, idle or too small. Not for its state: use service_get. Each list has one number a step, the oldest first. A server that is off has zeros.",
		Input:       []schema.Field{schema.Optional("span", schema.Enum("How far back: 1h, unless given, has a step of 1 minute, 6h of 5, 24h of 15, 7d of 2 hours, 30d of 6.", spanNames()...))},
		Output:      schema.Named("ServerMetrics", product.SchemaOf[Measurements](nil)),
		Example:     product.Example{Input: `{}`, Output: exampleMetrics},
		Charts:      charts,
	}
}

// Measurements are measurements in even steps. All lists are of one length.
type Measurements struct {
	From        time.Time `json:"from" jsonschema:"the beginning of the first step"`
	To          time.Time `json:"to" jsonschema:"the end of the last step"`
	StepSeconds int       `json:"stepSeconds"`
	// CPUPercent is of all cores together.
	CPUPercent  []float64 `json:"cpuPercent" jsonschema:"0 to 100, of all cores together"`
	DiskRead    []int64   `json:"diskReadBytesPerSecond"`
	DiskWritten []int64   `json:"diskWriteBytesPerSecond"`
	NetworkIn   []int64   `json:"networkInBytesPerSecond"`
	NetworkOut  []int64   `json:"networkOutBytesPerSecond"`
}

// charts is how people see measurements.
func charts(answer json.RawMessage) (product.Charts, error) {
	m, err := read[Measurements](answer)
	return product.Charts{From: m.From, To: m.To, All: []product.Chart{
		{Title: "CPU", Unit: "%", Top: 100, Lines: []product.Line{{Label: "All cores", Points: m.CPUPercent}}},
		{Title: "Disk", Unit: "B/s", Lines: []product.Line{{Label: "Read", Points: numbers(m.DiskRead)}, {Label: "Written", Points: numbers(m.DiskWritten)}}},
		{Title: "Network", Unit: "B/s", Lines: []product.Line{{Label: "In", Points: numbers(m.NetworkIn)}, {Label: "Out", Points: numbers(m.NetworkOut)}}},
	}}, err
}

func numbers(whole []int64) []float64 {
	all := make([]float64, len(whole))
	for i, n := range whole {
		all[i] = float64(n)
	}
	return all
}

// MaxPoints is the most steps that an answer has. With it an answer has 8 KB at most.
const MaxPoints = 120

// Span is how far back metrics go, and in which steps.
type Span struct {
	Name         string
	Length, Step time.Duration
}

var spans = []Span{
	{"1h", time.Hour, time.Minute},
	{"6h", 6 * time.Hour, 5 * time.Minute},
	{"24h", 24 * time.Hour, 15 * time.Minute},
	{"7d", 7 * 24 * time.Hour, 2 * time.Hour},
	{"30d", 30 * 24 * time.Hour, 6 * time.Hour},
}

// Spans are those that can be asked for; the first is meant where none is.
func Spans() []Span { return spans }

func spanNames() []string {
	names := make([]string, len(spans))
	for i, s := range spans {
		names[i] = s.Name
	}
	return names
}

// SpanOf is what the input of a read of metrics asks for.
func SpanOf(input json.RawMessage) (Span, error) {
	in, err := read[struct {
		Span string `json:"span"`
	}](input)
	if err != nil || in.Span == "" {
		return spans[0], err
	}
	for _, s := range spans {
		if s.Name == in.Span {
			return s, nil
		}
	}
	return Span{}, fmt.Errorf("server: there is no span %q", in.Span)
}
