package app

// What the functions run, for the tests that replay events.
var (
	OperationHandler = operation
	AccountHandler   = accountHandler
	OpenAPIHandler   = openAPIHandler
	DiscoveryHandler = discoveryHandler
	NotFoundHandler  = Fallback
	Frame            = frame
	Work             = work
)
