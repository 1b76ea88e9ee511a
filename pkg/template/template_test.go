package template_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/template"
)

const small = `
Transform: AWS::Serverless-2016-10-31
Parameters:
  Processor:
    Type: String
    Default: arm64
Globals:
  Function:
    Runtime: provided.al2023
    Architectures: [!Ref Processor]
    Timeout: 10
    Environment:
      Variables:
        TABLE_NAME: !Ref Store
Resources:
  Store:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: PK, AttributeType: S}
        - {AttributeName: SK, AttributeType: N}
        - {AttributeName: due, AttributeType: B}
      KeySchema:
        - {AttributeName: PK, KeyType: HASH}
        - {AttributeName: SK, KeyType: RANGE}
      GlobalSecondaryIndexes:
        - IndexName: byDue
          KeySchema: [{AttributeName: due, KeyType: HASH}]
          Projection: {ProjectionType: INCLUDE, NonKeyAttributes: [owner]}
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  WorkerFunction:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2
      Architectures: [x86_64]
      Timeout: 60
      Environment:
        Variables:
          RETRIES: 3
      Events:
        Tick:
          Type: Schedule
          Properties: {Schedule: rate(1 minute)}
      Policies:
        - Statement:
            - Effect: Allow
              Action: dynamodb:PutItem
              Resource: !Sub ${Store.Arn}
            - Effect: Allow
              Action: dynamodb:DeleteItem
              Resource: !GetAtt Store.Arn
              Condition:
                ForAllValues:StringLike:
                  dynamodb:LeadingKeys: ["ORDER#*", STOCK]
            - Effect: Allow
              Action: [dynamodb:Query, dynamodb:GetItem]
              Resource:
                - !GetAtt Store.Arn
                - !Sub ${Store.Arn}/index/byDue
            - Effect: Allow
              Action: [sqs:SendMessage, lambda:InvokeFunction]
              Resource: "*"
        - Statement:
            - Effect: Allow
              Action: [dynamodb:GetItem]
              Resource: !GetAtt Store.Arn
            - Effect: Allow
              Action: [dynamodb:GetRecords]
              Resource: !GetAtt Store.StreamArn
  OrderGetStatusFunction:
    Type: AWS::Serverless::Function
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
        paths:
          /orders/{orderId}:
            get: &Order
              x-amazon-apigateway-integration:
                uri: !Sub arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${OrderGetStatusFunction.Arn}/invocations
            POST: *Order
            parameters: [{name: orderId, in: path}]
          /work/{task+}:
            x-amazon-apigateway-any-method:
              x-amazon-apigateway-integration:
                uri: !Sub arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${WorkerFunction.Arn}/invocations
          $default:
            x-amazon-apigateway-any-method: *Order
`

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := template.Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	want := &template.Template{
		Table: template.Table{
			LogicalID:  "Store",
			Attributes: []template.Attribute{{"PK", "S"}, {"SK", "N"}, {"due", "B"}},
			Key:        template.Key{Partition: "PK", Sort: "SK"},
			Indexes: []template.Index{{
				Name:             "byDue",
				Key:              template.Key{Partition: "due"},
				Projection:       "INCLUDE",
				NonKeyAttributes: []string{"owner"},
			}},
			TTLAttribute: "expires",
			StreamView:   "NEW_IMAGE",
		},
		Functions: []template.Function{
			{
				LogicalID: "OrderGetStatusFunction",
				Folder:    "order_get_status",
				Routes: []template.Route{
					{Path: template.DefaultRoute},
					{Method: "GET", Path: "/orders/{orderId}"},
					{Method: "POST", Path: "/orders/{orderId}"},
				},
				Environment:  []string{"TABLE_NAME"},
				Runtime:      "provided.al2023",
				Architecture: "arm64",
				Timeout:      10 * time.Second,
			},
			{
				LogicalID:    "WorkerFunction",
				Folder:       "worker",
				Routes:       []template.Route{{Method: template.AnyMethod, Path: "/work/{task+}"}},
				TableActions: []string{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"},
				IndexActions: []string{"dynamodb:GetItem", "dynamodb:Query"},
				OtherActions: []string{"dynamodb:GetRecords", "lambda:InvokeFunction", "sqs:SendMessage"},
				Grants:       []template.Grant{{Actions: []string{"dynamodb:DeleteItem"}, LeadingKeys: []string{"ORDER#*", "STOCK"}}},
				Environment:  []string{"RETRIES", "TABLE_NAME"},
				Runtime:      "provided.al2",
				Architecture: "x86_64",
				Timeout:      time.Minute,
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
}

func TestParseIgnoresDisabledTTL(t *testing.T) {
	t.Parallel()
	got, err := template.Parse([]byte(strings.Replace(small, "Enabled: true", "Enabled: false", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if got.Table.TTLAttribute != "" {
		t.Errorf("TTLAttribute = %q, want none", got.Table.TTLAttribute)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	const table = `
Resources:
  Store:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: PK, KeyType: HASH}]
`
	function := func(id, policies string) string {
		return table + "  " + id + ":\n    Type: AWS::Serverless::Function\n    Properties: {Policies: [" + policies + "]}\n"
	}
	route := func(uri string) string {
		return table + "  Api:\n    Type: AWS::Serverless::HttpApi\n    Properties: {DefinitionBody: {paths: {/a: {get: {x-amazon-apigateway-integration: {uri: " + uri + "}}}}}}\n"
	}
	tests := []struct {
		name, text, want string
	}{
		{"route to no function", route("https://example.com"), `template: API Api: get /a: "https://example.com" is not how a function is invoked`},
		{
			"route to an unknown function",
			route(`"arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${QuoteFunction.Arn}/invocations"`),
			"template: API Api: get /a: there is no function QuoteFunction",
		},
		{"API of another shape", strings.Replace(route("a"), "{paths:", "{paths: [], a:", 1), "template: API Api: "},
		{"not YAML", "a: [", "template: not a CloudFormation template in YAML: "},
		{"empty", "", "template: not a CloudFormation template in YAML: "},
		{"a list", "- a", "template: not a CloudFormation template in YAML: "},
		{"a resource twice", table + "  Store: {}\n", "template: not a CloudFormation template in YAML: "},
		{"no table", "Resources: {Api: {Type: AWS::Serverless::HttpApi}}", "template: there is no resource of type AWS::DynamoDB::Table"},
		{
			"two tables", table + "  Second: {Type: AWS::DynamoDB::Table}\n",
			"template: there is more than one resource of type AWS::DynamoDB::Table: [Second Store]",
		},
		{"table without properties", "Resources: {T: {Type: AWS::DynamoDB::Table}}", "template: table T: the key schema has no HASH attribute"},
		{
			"table of another shape", strings.Replace(table, "[{AttributeName: PK, KeyType: HASH}]", "PK", 1),
			"template: table Store: ",
		},
		{
			"unknown key type", strings.Replace(table, "HASH", "BTREE", 1),
			`template: table Store: key type "BTREE" is neither HASH nor RANGE`,
		},
		{
			"index without a key", table + "      GlobalSecondaryIndexes: [{IndexName: byDue}]\n",
			"template: index byDue of table Store: the key schema has no HASH attribute",
		},
		{
			"function under another name", function("QuoteCreate", ""),
			"template: function QuoteCreate: its logical id does not end in Function",
		},
		{
			"function of another shape", strings.Replace(function("QuoteFunction", ""), "Policies: []", "Timeout: soon", 1),
			"template: function QuoteFunction: ",
		},
		{
			"managed policy", function("QuoteFunction", "AmazonDynamoDBFullAccess"),
			"template: function QuoteFunction: policy 1 is not an inline document: ",
		},
		{
			"policy template of SAM", function("QuoteFunction", "{DynamoDBCrudPolicy: {TableName: !Ref Store}}"),
			"template: function QuoteFunction: policy 1 has no inline statements",
		},
		{
			"denial", function("QuoteFunction", `{Statement: [{Effect: Deny, Action: "*", Resource: "*"}]}`),
			"template: function QuoteFunction: policy 1: a statement is not an Allow of some Action on some Resource",
		},
		{
			"everything but an action", function("QuoteFunction", `{Statement: [{Effect: Allow, NotAction: a, Resource: "*"}]}`),
			"template: function QuoteFunction: policy 1: a statement is not an Allow of some Action on some Resource",
		},
		{
			"a condition on anything else", function("QuoteFunction", `{Statement: [{Effect: Allow, Action: a, Resource: "*", Condition: {StringLike: {a: b}}}]}`),
			"template: function QuoteFunction: policy 1 is not an inline document: ",
		},
		{
			"a condition without keys", function("QuoteFunction", `{Statement: [{Effect: Allow, Action: a, Resource: "*", Condition: {"ForAllValues:StringLike": {}}}]}`),
			"template: function QuoteFunction: policy 1 is not an inline document: ",
		},
		{
			"ARN in a long form", function("QuoteFunction", `{Statement: [{Effect: Allow, Action: a, Resource: {Fn::GetAtt: [Store, Arn]}}]}`),
			"template: function QuoteFunction: policy 1 is not an inline document: ",
		},
		{
			"ARN in a list form", function("QuoteFunction", `{Statement: [{Effect: Allow, Action: a, Resource: !GetAtt [Store, Arn]}]}`),
			"template: function QuoteFunction: policy 1 is not an inline document: ",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := template.Parse([]byte(tt.text))
			if err == nil {
				t.Fatal("Parse succeeded")
			}
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("Parse error %q does not begin with %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("Parse error %q is more than one line", err)
			}
		})
	}
}

// The rules here hold for every function of the deployed store. Which routes
// and permissions each one has is compared with the table of operations.
func TestDeployedTemplate(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := template.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Functions) == 0 {
		t.Fatal("no functions")
	}
	for _, f := range got.Functions {
		if f.Runtime != "provided.al2023" || f.Architecture != "arm64" {
			t.Errorf("%s runs on %s, %s", f.LogicalID, f.Runtime, f.Architecture)
		}
		actions := slices.Concat(f.TableActions, f.IndexActions, f.OtherActions)
		for _, g := range f.Grants {
			actions = append(actions, g.Actions...)
		}
		for _, action := range actions {
			if strings.Contains(action, "*") {
				t.Errorf("%s allows %s: an action must be named in full", f.LogicalID, action)
			}
			if action == "dynamodb:Scan" {
				t.Errorf("%s may scan the table", f.LogicalID)
			}
		}
		// API Gateway gives up after 30 seconds, and Lambda would go on unheard.
		if len(f.Routes) > 0 && f.Timeout >= 30*time.Second {
			t.Errorf("%s answers requests and may take %v", f.LogicalID, f.Timeout)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {KeySchema: [{AttributeName: a, KeyType: HASH}]}}}"))
	f.Add([]byte("Resources: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := template.Parse(text)
		if err != nil {
			return
		}
		if got.Table.Key.Partition == "" {
			t.Errorf("Parse accepted a table without a key: %+v", got.Table)
		}
		for i, function := range got.Functions[min(1, len(got.Functions)):] {
			if got.Functions[i].LogicalID >= function.LogicalID {
				t.Errorf("functions out of order: %s, %s", got.Functions[i].LogicalID, function.LogicalID)
			}
		}
	})
}
