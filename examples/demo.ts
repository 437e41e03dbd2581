/**
 * `npm run demo`: the controller, the example webhook server and the FreeSWITCH simulator on this machine, and a
 * handful of calls, each with its timeline. Exits with 1 if a call did not go the way of its plan.
 */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { loadConfig } from '../src/config/index.ts'
import { startController } from '../src/controller/index.ts'
import { endLine, placeCall, timelineLine } from '../src/simulator/index.ts'
import { demoCalls } from './demo-calls.ts'
import { createWebhookServer } from './webhook-server.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined
const folder = await mkdtemp(join(tmpdir(), 'belplan-demo-'))

const requests: string[] = []
const server = createWebhookServer((request) => {
  requests.push(request)
  console.log(`          webhook server: ${request}`)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo

// The examples as they are, but for ports: theirs may be in use on this machine.
await cp(join(here, 'plans'), join(folder, 'plans'), { recursive: true })
for (const name of await readdir(join(folder, 'plans'))) {
  const file = join(folder, 'plans', name)
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll('127.0.0.1:8090', `127.0.0.1:${port}`))
}
const written = JSON.parse(await readFile(join(here, 'belplan.json'), 'utf8')) as object
const file = join(folder, 'belplan.json')
await writeFile(file, JSON.stringify({ ...written, data: 'data', esl: { port: 0 }, api: { port: 0 } }))

const config = await loadConfig({ file, env: {}, cwd: folder })
const controller = await startController(config, { log: pino({ level: 'silent' }), version: 'demo', env: {} })
const { esl } = controller
console.log(
  `the controller listens on ${esl.host}:${esl.port}, the example webhook server on 127.0.0.1:${port}`,
)

let wrong = 0
for (const { title, script, expect } of demoCalls) {
  console.log(`\n${title}`)
  requests.length = 0
  const result = await placeCall(esl, {
    domain: 'pbx.example',
    audioMs: 2000,
    // Ring times and prompts pass twenty times as fast, so that the demo is soon over.
    speed: 20,
    ...script,
    observe: (entry) => {
      const line = timelineLine(entry, { colour })
      if (line !== undefined) console.log(line)
    },
  })
  console.log(endLine(result, { colour }))
  // A missed call is reported when it is over.
  const deadline = Date.now() + 2000
  let fault = expect(result, requests)
  while (fault !== undefined && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    fault = expect(result, requests)
  }
  fault ??= result.violations[0]
  if (fault === undefined) continue
  wrong++
  console.log(`WRONG: ${fault}`)
}

await controller.stop()
server.close()
server.closeAllConnections()
await rm(folder, { recursive: true })
console.log(`\n${demoCalls.length} calls, ${wrong} wrong`)
process.exitCode = wrong === 0 ? 0 : 1
