"""Prints the routes that `sam local start-api` reads from a template, as JSON: method, path and function."""

import json
import sys

from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

stacks, _ = SamLocalStackProvider.get_stacks(sys.argv[1])
routes = ApiProvider(stacks).api.routes
print(json.dumps([[method, route.path, route.function_name] for route in routes for method in route.methods]))
