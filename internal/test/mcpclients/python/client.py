"""Makes calls with the official Python SDK; see doc.go."""

import asyncio
import json
import sys

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client


def transport(server: dict):
    if server["type"] == "stdio":
        return StdioServerParameters(command=server["command"], args=server["args"], env=server["env"])
    return streamable_http_client(server["url"], http_client=httpx2.AsyncClient(headers=server["headers"]))


async def main(server: dict) -> None:
    async with Client(transport(server)) as client:
        # The client checks the answers of the tools whose schemas it has seen, and of no others.
        await client.list_tools()
        for line in sys.stdin:
            result = await client.call_tool(**json.loads(line))
            print(result.model_dump_json(by_alias=True), flush=True)


asyncio.run(main(json.loads(sys.argv[1])))
