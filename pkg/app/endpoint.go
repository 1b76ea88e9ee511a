package app

// Endpoints are where the services that the store uses are, each empty for AWS itself.
// They are read as the SDKs of AWS read them (AWS SDKs and Tools Reference Guide,
// "Service-specific endpoints").
type Endpoints struct {
	DynamoDB string // AWS_ENDPOINT_URL_DYNAMODB, or else AWS_ENDPOINT_URL
	KMS      string // AWS_ENDPOINT_URL_KMS, or else AWS_ENDPOINT_URL
	Lambda   string // AWS_ENDPOINT_URL_LAMBDA, or else AWS_ENDPOINT_URL
	Secrets  string // AWS_ENDPOINT_URL_SECRETS_MANAGER, or else AWS_ENDPOINT_URL
}

// endpoints are empty where AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true.
func (e *environment) endpoints() Endpoints {
	all := e.text("AWS_ENDPOINT_URL", "")
	found := Endpoints{
		DynamoDB: e.text("AWS_ENDPOINT_URL_DYNAMODB", all),
		KMS:      e.text("AWS_ENDPOINT_URL_KMS", all),
		Lambda:   e.text("AWS_ENDPOINT_URL_LAMBDA", all),
		Secrets:  e.text("AWS_ENDPOINT_URL_SECRETS_MANAGER", all),
	}
	if e.getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == "true" {
		return Endpoints{}
	}
	return found
}
