// Makes calls with the official TypeScript SDK; see doc.go.
import { createInterface } from 'node:readline'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

const server = JSON.parse(process.argv[1])
const transport = server.type === 'stdio'
  ? new StdioClientTransport(server)
  : new StreamableHTTPClientTransport(new URL(server.url), { requestInit: { headers: server.headers } })
const client = new Client({ name: 'typescript', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })

await client.connect(transport)
// The client checks the answers of the tools whose schemas it has seen, and of no others.
await client.listTools()
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await client.callTool(JSON.parse(line))))
}
await client.close()
