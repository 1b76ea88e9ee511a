package storetest

import "strings"

// OrderText is an order as it is sent, by the idempotency key k.
const OrderText = `{"idempotencyKey":"k","catalogItemId":"cat_vps_micro","quantity":1,"configuration":{"hostname":"web","region":"eu-west","image":"debian-12","billingTermMonths":1}}`

// SameOrders are OrderText in other words: the order of names, white space, the way
// to write a number, and whether a default is said mean nothing.
func SameOrders() map[string]string {
	return map[string]string{
		"without a default": strings.Replace(OrderText, `"quantity":1,`, ``, 1),
		"with a default":    strings.Replace(OrderText, `"hostname"`, `"backupsEnabled":false,"hostname"`, 1),
		"with defaults":     strings.Replace(OrderText, `"hostname"`, `"sshKeys":[],"backupsEnabled":false,"hostname"`, 1),
		"the same":          OrderText,
		"reordered":         `{"configuration":{"billingTermMonths":1,"image":"debian-12","region":"eu-west","hostname":"web"},"quantity":1,"catalogItemId":"cat_vps_micro","idempotencyKey":"k"}`,
		"spaced":            "\n{ \"idempotencyKey\" : \"k\", \"catalogItemId\" :\t\"cat_vps_micro\", \"quantity\" : 1, \"configuration\" : { \"hostname\":\"web\", \"region\":\"eu-west\", \"image\":\"debian-12\", \"billingTermMonths\":1 } }\r\n",
		"other numbers":     `{"idempotencyKey":"k","catalogItemId":"cat_vps_micro","quantity":1.0,"configuration":{"hostname":"web","region":"eu-west","image":"debian-12","billingTermMonths":1e0}}`,
		"escaped":           `{"idempotencyKey":"\u006b","catalogItemId":"cat_vps_micro","quantity":1,"configuration":{"hostname":"w\u0065b","region":"eu-west","image":"debian-12","billingTermMonths":1}}`,
	}
}

// OtherOrders are orders by the same key that say something else.
func OtherOrders() map[string]string {
	orders := map[string]string{"another value": AnotherOrder(), "a wrong one": WrongOrder()}
	for name, change := range map[string][2]string{
		"another number": {`"quantity":1`, `"quantity":2`},
		"another item":   {"cat_vps_micro", "cat_vps_small"},
		"one more":       {`"hostname"`, `"backupsEnabled":true,"hostname"`},
		"an unknown one": {"cat_vps_micro", "cat_unknown"},
	} {
		orders[name] = strings.Replace(OrderText, change[0], change[1], 1)
	}
	return orders
}

// AnotherOrder is a good one in which a value of the configuration is another.
func AnotherOrder() string { return strings.Replace(OrderText, `"web"`, `"wob"`, 1) }

// WrongOrder is one that its product refuses with unsupported_region.
func WrongOrder() string { return strings.Replace(OrderText, "eu-west", "mars", 1) }
