package stack

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kinds are lists of all there is of a kind, in which what belongs to the stack is named
// after it.
var kinds = map[string]struct{ method, service, path, target, body string }{
	"functions":       {"GET", "lambda", "/2015-03-31/functions/", "", ""},
	"stream mappings": {"GET", "lambda", "/2015-03-31/event-source-mappings/", "", ""},
	"APIs":            {"GET", "apigateway", "/v2/apis", "", ""},
	"roles":           {"POST", "iam", "/", "", "Action=ListRoles&Version=2010-05-08"},
	"log groups":      {"POST", "logs", "/", "Logs_20140328.DescribeLogGroups", "{}"},
	"metrics":         {"POST", "logs", "/", "Logs_20140328.DescribeMetricFilters", "{}"},
	"schedules":       {"POST", "events", "/", "AWSEvents.ListRules", "{}"},
	"queues":          {"POST", "sqs", "/", "AmazonSQS.ListQueues", "{}"},
	"tables":          {"POST", "dynamodb", "/", "DynamoDB_20120810.ListTables", "{}"},
}

// expectLeft expects that these kinds, and no others, have something of the stack.
func (d deployment) expectLeft(tb testing.TB, want ...string) {
	tb.Helper()
	var got []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[kind]
		if strings.Contains(string(d.call(tb, k.method, k.service, k.path, k.target, k.body)), stackName) {
			got = append(got, kind)
		}
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
		tb.Errorf("what there is of the stack (-want +got):\n%s", diff)
	}
}

// expectFiles expects that the bucket of sam holds files, or none.
func (d deployment) expectFiles(tb testing.TB, want bool) {
	tb.Helper()
	bucket := d.resources(tb, "aws-sam-cli-managed-default")["SamCliSourceBucket"]
	if list := string(d.call(tb, "GET", "s3", "/"+bucket, "", nil)); bucket == "" || strings.Contains(list, "<Key>") != want {
		tb.Errorf("the bucket %q of sam holds %s", bucket, list)
	}
}

// expectKey expects the state of the key for secrets.
func (d deployment) expectKey(tb testing.TB, state string) {
	tb.Helper()
	key := string(d.call(tb, "POST", "kms", "/", "TrentService.DescribeKey", map[string]any{"KeyId": d.id(tb, "SecretsKey")}))
	if !strings.Contains(key, `"KeyState": "`+state+`"`) && !strings.Contains(key, `"KeyState":"`+state+`"`) {
		tb.Errorf("the key is %s, want %s", key, state)
	}
}
