package template

import (
	"errors"
	"fmt"
)

// Table is the definition of a DynamoDB table. Its fields hold the values of
// the CloudFormation resource AWS::DynamoDB::Table as they are written there.
type Table struct {
	LogicalID  string
	Attributes []Attribute
	Key        Key
	Indexes    []Index // the global secondary ones
	// TTLAttribute names the attribute that holds an item's time of expiry. It
	// is empty when items do not expire.
	TTLAttribute string
	// StreamView is the stream's view type, such as NEW_AND_OLD_IMAGES. It is
	// empty when the table has no stream.
	StreamView string
}

// Attribute is an attribute that is part of a key. Type is S, N or B.
type Attribute struct {
	Name string
	Type string
}

// Key names the attributes of a primary key or of an index. Sort is empty when
// the key has no sort attribute.
type Key struct {
	Partition string
	Sort      string
}

// Index is a global secondary index.
type Index struct {
	Name string
	Key  Key
	// Projection is KEYS_ONLY, INCLUDE or ALL. With INCLUDE, NonKeyAttributes
	// names what is copied beside the keys.
	Projection       string
	NonKeyAttributes []string
}

type tableProperties struct {
	AttributeDefinitions []struct {
		AttributeName string `yaml:"AttributeName"`
		AttributeType string `yaml:"AttributeType"`
	} `yaml:"AttributeDefinitions"`
	KeySchema              keySchema         `yaml:"KeySchema"`
	GlobalSecondaryIndexes []indexProperties `yaml:"GlobalSecondaryIndexes"`
	TimeToLive             struct {
		AttributeName string `yaml:"AttributeName"`
		Enabled       bool   `yaml:"Enabled"`
	} `yaml:"TimeToLiveSpecification"`
	Stream struct {
		StreamViewType string `yaml:"StreamViewType"`
	} `yaml:"StreamSpecification"`
}

type indexProperties struct {
	IndexName  string    `yaml:"IndexName"`
	KeySchema  keySchema `yaml:"KeySchema"`
	Projection struct {
		ProjectionType   string   `yaml:"ProjectionType"`
		NonKeyAttributes []string `yaml:"NonKeyAttributes"`
	} `yaml:"Projection"`
}

type keySchema []struct {
	AttributeName string `yaml:"AttributeName"`
	KeyType       string `yaml:"KeyType"`
}

func parseTable(id string, r resource) (Table, error) {
	var properties tableProperties
	if err := r.Properties.Decode(&properties); err != nil {
		return Table{}, fmt.Errorf("table %s: %w", id, err)
	}

	key, err := properties.KeySchema.key()
	if err != nil {
		return Table{}, fmt.Errorf("table %s: %w", id, err)
	}
	table := Table{LogicalID: id, Key: key, StreamView: properties.Stream.StreamViewType}
	for _, attribute := range properties.AttributeDefinitions {
		table.Attributes = append(table.Attributes, Attribute{attribute.AttributeName, attribute.AttributeType})
	}
	for _, index := range properties.GlobalSecondaryIndexes {
		key, err := index.KeySchema.key()
		if err != nil {
			return Table{}, fmt.Errorf("index %s of table %s: %w", index.IndexName, id, err)
		}
		table.Indexes = append(table.Indexes, Index{
			Name:             index.IndexName,
			Key:              key,
			Projection:       index.Projection.ProjectionType,
			NonKeyAttributes: index.Projection.NonKeyAttributes,
		})
	}
	if properties.TimeToLive.Enabled {
		table.TTLAttribute = properties.TimeToLive.AttributeName
	}
	return table, nil
}

func (s keySchema) key() (Key, error) {
	var key Key
	for _, element := range s {
		switch element.KeyType {
		case "HASH":
			key.Partition = element.AttributeName
		case "RANGE":
			key.Sort = element.AttributeName
		default:
			return Key{}, fmt.Errorf("key type %q is neither HASH nor RANGE", element.KeyType)
		}
	}
	if key.Partition == "" {
		return Key{}, errors.New("the key schema has no HASH attribute")
	}
	return key, nil
}
