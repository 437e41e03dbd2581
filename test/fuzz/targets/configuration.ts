import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { parseConfig } from '../../../src/config/parse.ts'
import { compileRoute } from '../../../src/routing/routes.ts'
import type { ConfigFile } from '../../../src/config/schema.ts'
import { BelplanError } from '../../../src/util/errors.ts'
import { damaged, hostileJson, mutatedJson } from '../arbitraries.ts'
import { target } from '../target.ts'

const example = readFileSync(new URL('../../../examples/belplan.json', import.meta.url))
const words = [
  'plans', 'esl', 'api', 'routes', 'match', 'dial', 'deny', 'maxSeconds', 'webhooks', 'env', 'limits', 'perCaller', 'allow', 'token', 'log', 'host', 'port',
  'freeswitch', 'password', 'transferContexts', 'recordings', 'noPlanCause', 'calls', 'callsPerMinute', '__proto__', 'constructor',
] // prettier-ignore
const constants = [0, 8084, 70000, '127.0.0.1', '::', 'env:X', '^(a|b)+$', '(a*)*b', '((', '(?=x)', 'user/{1}', '{destination}', '/recordings', '/a/../${x}', [], {}] // prettier-ignore
const json = hostileJson(words, constants)
const text = (value: unknown) => Buffer.from(JSON.stringify(value ?? null))

/** Undefined when it is refused, and each fault has its place. */
function parsedOrRefused(bytes: Uint8Array): ConfigFile | undefined {
  try {
    return parseConfig('c.json', bytes, { X: 'x' })
  } catch (error) {
    if (!(error instanceof BelplanError)) throw error
    if (error.details.length === 0) throw new Error('neither read nor refused', { cause: error })
    for (const detail of error.details)
      if (!/^c\.json:[1-9]\d*:[1-9]\d* /.test(detail)) throw new Error('no place', { cause: error })
    return undefined
  }
}

export const configuration = target({
  name: 'configuration',
  few: 60,
  many: 5000,
  pure: true,
  inputs: fc.oneof(
    { arbitrary: mutatedJson(JSON.parse(example.toString()), json).map(text), weight: 3 },
    { arbitrary: damaged(example), weight: 2 },
    { arbitrary: json.map(text), weight: 1 },
  ),
  open: () => ({
    attempt(bytes) {
      const config = parsedOrRefused(bytes)
      for (const entry of config?.routes ?? []) {
        const { match } = compileRoute(entry)
        match.matcher('+3150210000012345678901234567890').find()
      }
    },
  }),
})
