"""Makes calls with fastmcp; see doc.go. Of a good answer it writes the fields of the object that fastmcp makes by the output
schema of the tool: what a program cannot read there is missing."""

import asyncio
import json
import sys

from fastmcp import Client
from pydantic_core import to_json


async def main(server: dict) -> None:
    async with Client({"mcpServers": {"agentstore": server}}) as client:
        for line in sys.stdin:
            result = await client.call_tool(**json.loads(line), raise_on_error=False)
            content = result.structured_content if result.is_error else vars(result.data)
            answer = {"isError": result.is_error, "structuredContent": content, "_meta": result.meta}
            print(to_json(answer).decode(), flush=True)


asyncio.run(main(json.loads(sys.argv[1])))
