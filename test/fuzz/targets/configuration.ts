import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { checkConfig } from '../../../src/config/check.ts'
import { compileRoute, type RouteEntry } from '../../../src/routing/routes.ts'
import { readSource } from '../../../src/config/source.ts'
import { damaged, hostileJson, mutatedJson } from '../arbitraries.ts'
import { target } from '../target.ts'

const example = readFileSync(new URL('../../../examples/belplan.json', import.meta.url))
const words = [
  'plans', 'esl', 'api', 'routes', 'match', 'dial', 'deny', 'maxSeconds', 'webhooks', 'env', 'limits', 'perCaller', 'allow', 'token', 'log', 'host', 'port',
  'freeswitch', 'password', 'transferContexts', 'noPlanCause', 'calls', 'callsPerMinute', '__proto__', 'constructor',
] // prettier-ignore
const constants = [0, 8084, 70000, '127.0.0.1', '::', 'env:X', '^(a|b)+$', '(a*)*b', '((', '(?=x)', 'user/{1}', '{destination}', [], {}] // prettier-ignore
const json = hostileJson(words, constants)
const text = (value: unknown) => Buffer.from(JSON.stringify(value ?? null))

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
      const source = readSource(bytes, { X: 'x' })
      if (source.value === undefined) {
        if (source.faults.length === 0) throw new Error('neither read nor refused')
        return
      }
      const faults = [...source.faults, ...checkConfig(source.value)]
      for (const { line, column } of source.locator.at(faults))
        if (!(line >= 1 && column >= 1)) throw new Error('no place')
      if (faults.length > 0) return
      for (const entry of source.value['routes'] as RouteEntry[]) {
        const { match } = compileRoute(entry)
        match.matcher('+3150210000012345678901234567890').find()
      }
    },
  }),
})
