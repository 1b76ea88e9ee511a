package app

// What the functions run, for the tests that replay events.
var (
	OperationHandler = operation
	AccountHandler   = accountAlone
	OpenAPIHandler   = openAPI
	DiscoveryHandler = discoveryAlone
	NotFoundHandler  = Elsewhere
	Frame            = frame
	Work             = work
)
