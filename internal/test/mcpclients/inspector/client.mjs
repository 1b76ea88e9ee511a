// Makes calls with the Inspector's CLI, a process for each; see doc.go.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const cli = 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js'
// Its exit status when the answer, which it prints all the same, is an error of the tool.
const toolIsError = 5

const dir = mkdtempSync(join(tmpdir(), 'inspector-'))
const config = join(dir, 'mcp.json')
writeFileSync(config, JSON.stringify({ mcpServers: { agentstore: JSON.parse(process.argv[1]) } }))

function call(name, args) {
  const flags = ['--cli', '--config', config, '--server', 'agentstore', '--protocol-era', 'auto', '--format', 'json', '--quiet',
    '--method', 'tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(args)]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [cli, ...flags], (error, stdout, stderr) => {
      if (error && error.code !== toolIsError) reject(new Error(stderr))
      else resolve(JSON.parse(stdout).result)
    })
  })
}

try {
  for await (const line of createInterface({ input: process.stdin })) {
    const { name, arguments: args } = JSON.parse(line)
    console.log(JSON.stringify(await call(name, args)))
  }
} finally {
  rmSync(dir, { recursive: true })
}
