import fc from 'fast-check'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.ts'
import { BelplanError } from '../../src/util/errors.ts'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-fuzz-'))))
afterAll(() => rm(folder, { recursive: true }))

/** Either a configuration or located faults; anything else is a bug. */
async function load(bytes: string | Uint8Array): Promise<void> {
  const file = join(folder, 'c.json')
  await writeFile(file, bytes)
  try {
    expect(Object.isFrozen(await loadConfig({ file, env: {}, cwd: '/' }))).toBe(true)
  } catch (error) {
    expect(error).toBeInstanceOf(BelplanError)
    const { code, details } = error as BelplanError
    expect(code).toBe('config')
    for (const line of details) expect(line.slice(file.length)).toMatch(/^:\d+:\d+ \/\S* ?./)
  }
}

const keys = ['plans', 'esl', 'api', 'routes', 'match', 'dial', 'deny', 'webhooks', 'env', 'limits', 'perCaller', 'allow', 'token', 'log', '__proto__', 'constructor', 'host', 'port', 'freeswitch'] // prettier-ignore
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      70000,
      1.5,
      '',
      '127.0.0.1',
      '::',
      'env:X',
      '^(a|b)+$',
      '((',
      '{1}',
      '${x}',
      '\u0000',
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6 }),
  ),
})).value

test('no configuration, however odd, is anything but taken or refused with places', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.constantFrom(...keys), values), (value) => load(JSON.stringify(value))),
    { numRuns: 150, seed: 4 },
  )
})

test('the same for a good one with bytes changed', async () => {
  const good = await readFile(new URL('../../examples/belplan.json', import.meta.url))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
      (changes) => {
        const bytes = Buffer.from(good)
        for (const [at, byte] of changes) bytes[at] = byte
        return load(bytes)
      },
    ),
    { numRuns: 150, seed: 4 },
  )
})
