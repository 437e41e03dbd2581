import { globSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { configSchema } from '../../src/config/schema.ts'
import { loadConfig } from '../../src/config/config.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const env = {
  FREESWITCH_PASSWORD: 'word',
  BELPLAN_API_TOKEN: 'sixteen-characters',
  BELPLAN_STORE: 'postgres://belplan@192.0.2.31/belplan',
}
const load = (file: string) => loadConfig({ file, cwd: root, env })
const json = (file: string) => JSON.parse(readFileSync(root + file, 'utf8')) as Record<string, unknown>

describe('configuration example configurations', () => {
  test('npm start needs nothing from the environment', async () => {
    const config = await loadConfig({ file: 'examples/belplan.json', cwd: root, env: {} })
    expect(config.plans).toBe(`${root}examples/plans`)
    expect(config.routes.map(({ kind }) => kind)).toEqual(['deny', 'dial', 'dial'])
  })

  test('the two of the container set-up differ in their ports alone', async () => {
    const [a, b] = [
      await load('examples/docker/controller-a.json'),
      await load('examples/docker/controller-b.json'),
    ]
    expect([a.esl.port, a.api.port]).toEqual([8084, 8080])
    expect([b.esl.port, b.api.port]).toEqual([8085, 8081])
    const rest = (file: string) => ({ ...json(file), esl: undefined, api: undefined })
    expect(rest('examples/docker/controller-b.json')).toEqual(rest('examples/docker/controller-a.json'))
  })

  test.each(['controller-a', 'machines'])(
    'containers (%s) let plans use what npm start does: the same plans are valid',
    (name) => {
      const grantsIn = ({
        routes,
        transferContexts,
        queues,
        mailboxes,
        owners,
      }: Record<string, unknown>) => ({
        ...{ routes, transferContexts, queues, mailboxes, owners },
      })
      expect(grantsIn(json(`examples/docker/${name}.json`))).toEqual(grantsIn(json('examples/belplan.json')))
    },
  )

  test('containers use the folder that the image keeps', async () => {
    for (const name of ['controller-a', 'machines'])
      expect((await load(`examples/docker/${name}.json`)).data).toBe(`${root}data`)
  })

  test('every route that dials is used by an example plan', async () => {
    const plans = readdirSync(`${root}examples/plans`).map((file) =>
      readFileSync(`${root}examples/plans/${file}`, 'utf8'),
    )
    const rung = plans.flatMap((plan) =>
      [...plan.matchAll(/"(\+?\d{3,})"/g)].map(([, destination]) => destination!),
    )
    const config = await load('examples/belplan.json')
    for (const route of config.routes.filter(({ kind }) => kind === 'dial'))
      expect(rung.some((destination) => route.match.matcher(destination).find())).toBe(true)
  })
})

/** Dotted names of all keys of the configuration, from its schema. */
function keys(schema: Record<string, unknown>, path: string): string[] {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Record<string, unknown>>)
  return properties.flatMap(([name, inner]) => {
    const dotted = path ? `${path}.${name}` : name
    const below = keys(inner, dotted)
    return below.length > 0 ? below : [dotted]
  })
}

test('configuration docs/configuration.md has every key, and its default', () => {
  const page = readFileSync(`${root}docs/configuration.md`, 'utf8')
  const missing = keys(configSchema, '').filter((key) => !page.includes(`\`${key}\``))
  expect(missing).toEqual([])
})

test('docs/dependencies.md has a reason for every package, and src/ uses each one', () => {
  const { dependencies, devDependencies } = json('package.json') as Record<string, Record<string, string>>
  const page = readFileSync(`${root}docs/dependencies.md`, 'utf8')
  const sources = globSync('src/**/*.ts', { cwd: root }).map((file) => readFileSync(root + file, 'utf8'))
  const packages = [...Object.keys(dependencies!), ...Object.keys(devDependencies!)]
  expect(packages.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  const isUsed = (name: string) =>
    sources.some((text) => new RegExp(`(?:from |import\\()'${name}['/]`).test(text))
  expect(Object.keys(dependencies!).filter((name) => !isUsed(name))).toEqual([])
})
