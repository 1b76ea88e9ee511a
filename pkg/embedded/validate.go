package embedded

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// maxDepth is how deep lists and maps may be within each other (DynamoDB
// developer guide, "Quotas in Amazon DynamoDB").
const maxDepth = 32

// The attributes that mean something to the table.
const (
	partitionKey      = "PK"
	sortKey           = "SK"
	indexName         = "GSI1"
	indexPartitionKey = "GSI1PK"
	indexSortKey      = "GSI1SK"
	ttlAttribute      = "ttl"
)

// check refuses a value that DynamoDB refuses, or that is not supported.
func check(value types.AttributeValue, depth int) error {
	if depth > maxDepth {
		return invalid("Nesting Levels have exceeded supported limits")
	}
	switch v := value.(type) {
	case *types.AttributeValueMemberS, *types.AttributeValueMemberB, *types.AttributeValueMemberBOOL:
		return nil
	case *types.AttributeValueMemberNULL:
		if !v.Value {
			return invalid("Null attribute value types must have the value of true")
		}
		return nil
	case *types.AttributeValueMemberN:
		if _, ok := whole(v.Value); !ok {
			return invalid("%q is no whole number of at most %d digits", v.Value, maxDigits)
		}
		return nil
	case *types.AttributeValueMemberL:
		for _, member := range v.Value {
			if err := check(member, depth+1); err != nil {
				return err
			}
		}
		return nil
	case *types.AttributeValueMemberM:
		return checkAll(v.Value, depth+1)
	default:
		return invalid("a value of the type %T is not supported", value)
	}
}

func checkAll(i item, depth int) error {
	for name, value := range i {
		if name == "" {
			return invalid("One or more parameter values were invalid: the name of an attribute is empty")
		}
		if err := check(value, depth); err != nil {
			return err
		}
	}
	return nil
}

// keyOf reads the key of an item.
func keyOf(i item) (primary, error) {
	pk, err := keyText(i, partitionKey, maxPartition)
	if err != nil {
		return primary{}, err
	}
	sk, err := keyText(i, sortKey, maxSort)
	return primary{pk, sk}, err
}

// onlyKey reads a key that must have no other attributes.
func onlyKey(i item) (primary, error) {
	if len(i) != 2 {
		return primary{}, invalid("The provided key element does not match the schema")
	}
	return keyOf(i)
}

func keyText(i item, name string, limit int) (string, error) {
	v, isText := i[name].(*types.AttributeValueMemberS)
	switch {
	case !isText:
		return "", invalid("One or more parameter values were invalid: the key %s is missing or no string", name)
	case v.Value == "":
		return "", invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: %s", name)
	case len(sent(v.Value)) > limit:
		return "", invalid("One or more parameter values were invalid: Size of the key %s has exceeded the maximum size limit of %d bytes", name, limit)
	}
	return sent(v.Value), nil
}

// place is where the index holds an item, if it does: an item that lacks one of the
// index keys is not in it.
func place(i item) (x indexed, in bool, err error) {
	if x.pk, in, err = indexText(i, indexPartitionKey, maxPartition); err != nil {
		return x, false, err
	}
	sk, has, err := indexText(i, indexSortKey, maxSort)
	x.sk = sk
	return x, in && has, err
}

func indexText(i item, name string, limit int) (text string, has bool, err error) {
	if _, has = i[name]; !has {
		return "", false, nil
	}
	text, err = keyText(i, name, limit)
	return text, true, err
}
