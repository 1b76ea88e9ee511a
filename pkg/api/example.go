package api

import _ "embed" // the examples

// The examples are a real run of a store with a fixed clock: the same requests
// are made by a test, and the answers compared.
var (
	//go:embed examples/catalog_categories.json
	exampleCategories string
	//go:embed examples/catalog_search.json
	exampleSearch string
	//go:embed examples/catalog_checkout_requirements.json
	exampleRequirements string
	//go:embed examples/quote_create.json
	exampleQuoteCreated string
	//go:embed examples/quote_get.json
	exampleQuote string
	//go:embed examples/purchase_create.json
	exampleBought string
	//go:embed examples/purchase_get_status.json
	examplePurchase string
	//go:embed examples/purchase_list.json
	examplePurchases string
	//go:embed examples/service_list.json
	exampleServices string
	//go:embed examples/service_get.json
	exampleService string
	//go:embed examples/wallet_get.json
	exampleWallet string
	//go:embed examples/usage_get.json
	exampleUsage string
	//go:embed examples/action_list.json
	exampleActions string
	//go:embed examples/action_get.json
	exampleAction string
	//go:embed examples/service_renewal_set.json
	exampleRenewalSet string
	//go:embed examples/service_extend.json
	exampleExtended string
	//go:embed examples/service_cancel_preview.json
	exampleCancelPreview string
	//go:embed examples/service_cancel.json
	exampleCancelled string
	//go:embed examples/service_cancel_many_preview.json
	exampleManyPreview string
	//go:embed examples/service_cancel_many.json
	exampleManyAccepted string
	//go:embed examples/service_cancel_many_get.json
	exampleManyGot string
	//go:embed examples/service_labels_set.json
	exampleLabelsSet string
	//go:embed examples/ssh_key_create.json
	exampleSSHKeyCreated string
	//go:embed examples/ssh_key_list.json
	exampleSSHKeys string
	//go:embed examples/ssh_key_delete.json
	exampleSSHKeyDeleted string
	//go:embed examples/personal_get.json
	examplePersonal string
	//go:embed examples/personal_erase.json
	examplePersonalErased string
)

// The identifiers of the example run.
const (
	exampleQuoteID    = "quo_01KG9YS7G05F8HWEMYJZHE4C71"
	examplePurchaseID = "pur_01KG9YS7G0BF6V683VFJ1HT74G"
	exampleServiceID  = "svc_01KG9YS7G040AQ8149X8AN89HR"
	examplePersonalID = "per_01KG9YS7G03PZK92XZB79KWNSG"
	exampleActionID   = "act_01KG9YS7G0377GXGCB2N9D0XW6"

	exampleSSHKeyID = "ssh_01KG9YS7G03PZK92XZB79KWNSG"
	exampleSSHKey   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB ada@example.com"

	exampleCancellationID = "can_01KG9YS7G07C2C7JZBMYWE1FYD"
	exampleManyToken      = "cancel_AAAAAGl97sDNf7TugjAn63hx"

	exampleCancelToken = "cancel_AAAAAGl97sDKtFq6pKI8fNAl"

	exampleOrder    = `{` + exampleItem + `,"expiresAfter":"P1M10D"}`
	exampleBuyQuote = `{"quoteId":"` + exampleQuoteID + `","idempotencyKey":"server-deploy-node-01-001"}`
	exampleBuyItem  = `{` + exampleItem + `,"idempotencyKey":"server-deploy-node-01-001"}`
	exampleItem     = `"catalogItemId":"cat_vps_micro","quantity":1,"configuration":{"hostname":"deploy-node-01","region":"eu-west","image":"ubuntu-24.04","billingTermMonths":1,"backupsEnabled":true}`
)
