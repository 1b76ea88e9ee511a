package house

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	yamlv4 "go.yaml.in/yaml/v4"

	"agentstore"
	"agentstore/pkg/shop"
)

// TestEachCountIsAMetric: whatever a log line counts the stack has a metric of, and of
// nothing else.
func TestEachCountIsAMetric(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"OrphanServers $.orphans":  `{ $.msg = "reconciled" }`,
		"MissingServers $.missing": `{ $.msg = "reconciled" }`,
		"ProviderNeedsPerson 1":    `{ $.msg = "provider needs a person" }`,
	}
	names := map[string]string{
		"conflicts": "Conflicts", "retries": "Retries", "holds": "Holds", "waits": "Waits", "throttles": "Throttles",
	}
	for _, c := range new(shop.Meter).Counts() {
		want[names[c.Name]+" $."+c.Name] = "{ $." + c.Name + " > 0 }"
	}
	if diff := gocmp.Diff(want, metrics(t)); diff != "" {
		t.Errorf("metrics (-wanted +template.yaml):\n%s", diff)
	}
}

// metrics are the patterns of the template's metric filters, by the name and value of
// the metric.
func metrics(tb testing.TB) map[string]string {
	tb.Helper()
	var stack struct {
		Resources map[string]struct {
			Type       string      `yaml:"Type"`
			Properties yamlv4.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yamlv4.Load(agentstore.Template, &stack); err != nil {
		tb.Fatal(err)
	}
	patterns := make(map[string]string)
	for id, r := range stack.Resources {
		if r.Type != "AWS::Logs::MetricFilter" {
			continue
		}
		var filter struct {
			LogGroupName    string `yaml:"LogGroupName"`
			FilterPattern   string `yaml:"FilterPattern"`
			Transformations []struct {
				Namespace string `yaml:"MetricNamespace"`
				Name      string `yaml:"MetricName"`
				Value     string `yaml:"MetricValue"`
			} `yaml:"MetricTransformations"`
		}
		if err := r.Properties.Decode(&filter); err != nil {
			tb.Fatal(err)
		}
		if filter.LogGroupName != "FunctionLogs" || len(filter.Transformations) != 1 || filter.Transformations[0].Namespace != "agentstore" {
			tb.Errorf("%s is %+v", id, filter)
			continue
		}
		patterns[filter.Transformations[0].Name+" "+filter.Transformations[0].Value] = filter.FilterPattern
	}
	return patterns
}
