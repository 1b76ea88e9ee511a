package app

// What the functions run, for the tests that replay events.
var (
	OperationHandler = operation
	OpenAPIHandler   = openAPI
	NotFoundHandler  = notFound
	Frame            = frame
	Work             = work
)
