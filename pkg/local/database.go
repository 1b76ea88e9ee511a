// Package local is the store in one process, for trying it out or for a team: every
// route, with the data in a folder unless an endpoint says otherwise.
package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore"
	"agentstore/pkg/app"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/dynamo/setup"
	"agentstore/pkg/embedded"
	"agentstore/pkg/shop"
	"agentstore/pkg/template"
)

// Database is a table and where it is.
type Database struct {
	*dynamo.Table
	// Place says where the data is, for people.
	Place string
	// InMemory: the data is lost with the process.
	InMemory bool
	// Engine keeps it in this process; nil where DynamoDB does.
	Engine *embedded.DB
	// Folder is where Engine keeps it; empty means in memory.
	Folder Folder
	// Meter counts what the writes of this process have met.
	Meter *shop.Meter
}

// Close releases the database, which nothing may use any more.
func (d Database) Close() error {
	if d.Engine == nil {
		return nil
	}
	return d.Engine.Close()
}

// Embedded opens the table in the folder of the configuration, making it if there is
// none, or makes one in memory. Close releases it.
func Embedded(c app.Config) (Database, error) {
	if c.DataDir == app.InMemory {
		db := embedded.Memory(c.TableName)
		return Database{Table: dynamo.New(db, c.TableName), Place: "in memory, gone when the store stops", InMemory: true, Engine: db, Meter: new(shop.Meter)}, nil
	}
	folder := Folder(c.DataDir)
	if err := folder.Prepare(c.KeyMode); err != nil {
		return Database{}, err
	}
	identity, err := folder.Identity()
	if err != nil {
		return Database{}, err
	}
	db, err := embedded.Open(c.DataDir, c.TableName)
	if err != nil {
		return Database{}, fmt.Errorf("cannot open the store in %s: %w", folder, err)
	}
	return Database{Table: dynamo.NewSpread(db, c.TableName, identity.Spread()), Place: "folder " + folder.String(), Engine: db, Folder: folder, Meter: new(shop.Meter)}, nil
}

// Open opens the table at the endpoint of the configuration, or on AWS if it has
// none. On this machine it makes the table if there is none, with all accounts spread
// unless the configuration says otherwise. Of any other it has to: who looks for what
// an account has in the wrong place does not find it, and writes it twice.
func Open(ctx context.Context, c app.Config) (Database, error) {
	spread := dynamo.Always()
	if c.Spread != nil {
		spread = *c.Spread
	} else if !isLoopback(c.DynamoDBEndpoint) {
		return Database{}, fmt.Errorf("which accounts of the table %s are spread over partitions? Set SPREAD_SINCE to the parameter SpreadSince of its stack: always, never, or a time", c.TableName)
	}
	settings, err := settings(ctx, c)
	if err != nil {
		return Database{}, err
	}
	client := dynamo.NewClient(settings, c.DynamoDBEndpoint)
	place := fmt.Sprintf("table %s on AWS in %s", c.TableName, settings.Region)
	if at := cmp.Or(c.DynamoDBEndpoint, c.Endpoints.DynamoDB); at != "" {
		place = fmt.Sprintf("table %s at %s", c.TableName, at)
	}
	if isLoopback(c.DynamoDBEndpoint) {
		err = create(ctx, client, c.TableName)
	} else {
		err = exists(ctx, client, c.TableName)
	}
	if err != nil {
		return Database{}, fmt.Errorf("cannot use the %s: %w", place, err)
	}
	return Database{Table: dynamo.NewSpread(client, c.TableName, spread), Place: place, Meter: new(shop.Meter)}, nil
}

// settings are those of a developer's machine, including profiles and single
// sign-on; a DynamoDB on this machine needs none of them.
func settings(ctx context.Context, c app.Config) (aws.Config, error) {
	if isLoopback(c.DynamoDBEndpoint) && c.AccessKeyID == "" {
		return aws.Config{Region: c.Region, Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")}, nil
	}
	settings, err := config.LoadDefaultConfig(ctx)
	if settings.Region == "" {
		settings.Region = c.Region
	}
	return settings, err
}

func create(ctx context.Context, client *dynamodb.Client, name string) error {
	definition, err := template.Parse(agentstore.Template)
	if err != nil {
		return err
	}
	_, err = setup.CreateTable(ctx, client, name, definition.Table)
	return plain(err)
}

func exists(ctx context.Context, client *dynamodb.Client, name string) error {
	_, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return errors.New("there is no such table; deploy it with sam deploy, or set TABLE_NAME")
	}
	return plain(err)
}

// plain reduces the chain of an SDK error to what a person can use.
func plain(err error) error {
	var network *net.OpError
	var exhausted *retry.MaxAttemptsError
	switch {
	case errors.As(err, &network):
		return fmt.Errorf("nobody answers there (%w)", network.Err)
	case errors.As(err, &exhausted):
		return exhausted.Err
	default:
		return err
	}
}

func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || endpoint == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
