package server

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sync"

	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
	"agentstore/pkg/text"
)

// Plan is what a server item offers.
type Plan struct {
	CPUCores       int      `json:"cpuCores"`
	DedicatedCPU   bool     `json:"dedicatedCpu"`
	Architecture   string   `json:"architecture"` // x86_64 or arm64
	MemoryGiB      int      `json:"memoryGib"`
	DiskGiB        int      `json:"diskGib"`
	TrafficGiB     int      `json:"trafficGib" jsonschema:"outgoing traffic included, a month"`
	GPU            string   `json:"gpu,omitempty"` // the model
	GPUs           int      `json:"gpus"`
	Regions        []string `json:"regions"`
	Images         []string `json:"images"`
	BackupsPercent int      `json:"backupsPercent" jsonschema:"price of backups, in percent of the base price"`
	// Family: a server can be resized to another item of the same one.
	Family             string `json:"family,omitempty" jsonschema:"what server_resize stays within; absent: no resize"`
	SnapshotPriceMinor int64  `json:"snapshotPriceMinor,omitempty" jsonschema:"of each snapshot a month, or an hour by the hour; absent: no snapshots"`
	// Source is for the provider alone.
	Source Source `json:"-"`
}

// planShape is the shape of a storedPlan.
const planShape = 1

// storedPlan is a Plan as it is kept, in the catalog, and in each quote and purchase.
type storedPlan struct {
	CPUCores           int      `json:"c"`
	DedicatedCPU       bool     `json:"d,omitempty"`
	Architecture       string   `json:"a"`
	MemoryGiB          int      `json:"m"`
	DiskGiB            int      `json:"k"`
	TrafficGiB         int      `json:"t"`
	GPU                string   `json:"g,omitempty"`
	GPUs               int      `json:"n,omitempty"`
	Regions            []string `json:"r"`
	Images             []string `json:"i"`
	BackupsPercent     int      `json:"b,omitempty"`
	Family             string   `json:"f,omitempty"`
	SnapshotPriceMinor int64    `json:"s,omitempty"`
	Source             Source   `json:"x,omitzero"`
}

func planSchema() *schema.Schema { return schema.Named("ServerPlan", product.SchemaOf[Plan](nil)) }

// Data is the plan as it is kept.
func (p Plan) Data() (shop.Data, error) { return product.Pack(planShape, storedPlan(p)) }

// PlanOf is what an item offers.
func PlanOf(data shop.Data) (Plan, error) {
	stored, err := product.Unpack[storedPlan](data, planShape)
	return Plan(stored), err
}

// ShowPlan implements shop.Product.
func (Rules) ShowPlan(data shop.Data) (json.RawMessage, error) {
	plan, err := PlanOf(data)
	if err != nil {
		return nil, err
	}
	return strictjson.Encode(plan)
}

// Facets implements shop.Product.
func (Rules) Facets(data shop.Data) (map[string][]string, error) {
	plan, err := PlanOf(data)
	if err != nil {
		return nil, err
	}
	facets := map[string][]string{"architecture": {plan.Architecture}, regions: plan.Regions}
	if plan.GPU != "" {
		facets["gpu"] = []string{plan.GPU}
	}
	return facets, nil
}

// filePlan is a Plan as the catalog file has it.
type filePlan struct {
	Plan
	Source struct {
		Type      string            `json:"type,omitempty"`
		Locations map[string]string `json:"locations,omitempty"`
		Images    map[string]string `json:"images,omitempty"`
	} `json:"source"`
}

// parsePlan reads the plan of an item in the catalog file.
func parsePlan(file json.RawMessage) (shop.Data, []string) {
	written, err := product.Strict[filePlan](file)
	if err != nil {
		return shop.Data{}, []string{err.Error()}
	}
	plan := written.Plan
	plan.Source = Source(written.Source)
	plan.GPU = text.Normal(plan.GPU)
	if problems := plan.problems(); len(problems) > 0 {
		return shop.Data{}, problems
	}
	data, err := plan.Data()
	if err != nil {
		return data, []string{err.Error()}
	}
	return data, nil
}

// maxSnapshotPrice keeps ten snapshots for three years far inside an int64.
const maxSnapshotPrice = 100_000_000

var word = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`) })

func (p Plan) problems() []string {
	var problems []string
	want := func(ok bool, problem string) {
		if !ok {
			problems = append(problems, problem)
		}
	}
	want(p.CPUCores > 0 && p.MemoryGiB > 0 && p.DiskGiB > 0 && p.TrafficGiB > 0,
		"cpuCores, memoryGib, diskGib and trafficGib must be above 0")
	want(p.Architecture == "x86_64" || p.Architecture == "arm64", "architecture must be x86_64 or arm64")
	_, flaw := text.Rule{Characters: maxName}.Check(p.GPU)
	want(flaw.Detail == "", "gpu "+flaw.Detail)
	want((p.GPUs > 0) == (p.GPU != ""), "gpu and gpus go together")
	want(p.BackupsPercent >= 0 && p.BackupsPercent <= 100, "backupsPercent must be 0 to 100")
	want(p.Family == "" || word().MatchString(p.Family), "family must be lower-case letters, digits, dots and hyphens")
	want(p.SnapshotPriceMinor >= 0 && p.SnapshotPriceMinor <= maxSnapshotPrice, "the price of a snapshot must be 0 or more, and at most a tenth of what an item may cost")
	problems = append(problems, p.Source.problems(p.Regions, p.Images)...)
	problems = append(problems, wordProblems(regions, p.Regions)...)
	return append(problems, wordProblems(images, p.Images)...)
}

func wordProblems(name string, words []string) []string {
	if len(words) == 0 {
		return []string{"needs " + name}
	}
	var problems []string
	seen := make(map[string]bool)
	for _, w := range words {
		if !word().MatchString(w) {
			problems = append(problems, fmt.Sprintf("%s: %q must be lower-case letters, digits, dots and hyphens", name, w))
		}
		if seen[w] {
			problems = append(problems, fmt.Sprintf("%s: %q is listed twice", name, w))
		}
		seen[w] = true
	}
	return problems
}
