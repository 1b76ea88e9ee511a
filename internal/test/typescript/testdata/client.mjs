// Makes calls with the official client, as a host configures it.
//
//   arguments: the URL of the endpoint, and the API key where there is one
//   input:     {"method": ..., "params": ...} on each line, of a method of Client such as callTool
//   output:    {"result": ...} or {"error": ...} on each line; the first has what initialize said
import { createInterface } from 'node:readline'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const [url, key] = process.argv.slice(1)
const headers = key ? { Authorization: `Bearer ${key}` } : {}
const client = new Client({ name: 'typescript', version: '1.0.0' })
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } })

async function answer(work) {
  try {
    console.log(JSON.stringify({ result: await work() }))
  } catch (e) {
    console.log(JSON.stringify({ error: { name: e.name, code: e.code, message: e.message, data: e.data } }))
  }
}

await answer(async () => {
  await client.connect(transport)
  // The client checks the answers of the tools whose schemas it has seen, and of no others.
  await client.listTools()
  return { protocolVersion: transport.protocolVersion, serverInfo: client.getServerVersion() }
})
for await (const line of createInterface({ input: process.stdin })) {
  const { method, params } = JSON.parse(line)
  await answer(() => client[method](params))
}
await client.close()
