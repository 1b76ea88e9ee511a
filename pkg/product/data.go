package product

import (
	"encoding/json"
	"fmt"

	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

// Pack encodes what a product keeps of an item or a service, with the number of its
// shape.
func Pack(shape int, value any) (shop.Data, error) {
	text, err := strictjson.Encode(value)
	return shop.Data{Shape: shape, JSON: text}, err
}

// Unpack decodes it. It returns an error for another shape; a product with several
// reads the number first.
func Unpack[T any](data shop.Data, shape int) (value T, err error) {
	if data.Shape != shape {
		return value, fmt.Errorf("product: a %T of shape %d, where %d is known", value, data.Shape, shape)
	}
	err = json.Unmarshal(data.JSON, &value)
	return value, err
}
