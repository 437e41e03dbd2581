/**
 * `npm run test:freeswitch [FILTER…]`: plays calls on a real FreeSWITCH. Exits with 0 or 1, and with 3 where
 * there is no FreeSWITCH, or something else it takes, to run them on.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { findFreeSwitch, whatIsMissing } from './harness/tools.ts'

const missing = whatIsMissing(process.env)
if (missing.length > 0) {
  console.error(`test:freeswitch was not run: ${missing.join('; ')}`)
  process.exit(3)
}
console.log(`FreeSWITCH: ${findFreeSwitch(process.env) ?? ''}`)
const vitest = fileURLToPath(import.meta.resolve('vitest/package.json')).replace('package.json', 'vitest.mjs')
const config = fileURLToPath(new URL('vitest.config.ts', import.meta.url))
const child = spawn(process.execPath, [vitest, 'run', '--config', config, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
const [code] = (await once(child, 'exit')) as [number | null]
process.exitCode = code ?? 1
