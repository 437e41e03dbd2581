/** docs/observability: dashboard and alert rules read what a controller really exports, and Prometheus takes them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { format } from 'prettier'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENDINGS } from '../../src/records/index.ts'
import { placeCall } from '../../src/simulator/place-call.ts'
import { createControllers } from '../harness/controller.ts'
import { type FakeFreeSwitch, fakeFreeSwitch } from '../link/fake-freeswitch.ts'
import { readsOf } from './promql.ts'

const folder = resolve(import.meta.dirname, '../../docs/observability')
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const scratch = mkdtempSync(join(tmpdir(), 'belplan-observability-'))
const controllers = createControllers()

/** Of Debian's package `prometheus`. */
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined
if (!hasPromtool)
  console.warn('promtool is not here: what Prometheus makes of metrics and rules is not tested')

/** name → label → its values, of a controller on which all that is counted has happened. */
let exported: Map<string, Map<string, Set<string>>>
let texts: { prometheus: string; openMetrics: string }
let freeswitch: FakeFreeSwitch

beforeAll(async () => {
  freeswitch = await fakeFreeSwitch({ password: 'a-word-of-its-own' })
  const { esl, apiUrl } = await controllers.start({
    documents: {
      acme: {
        webhooks: { crm: { urlTemplate: 'http://10.0.0.1/' }, dead: { urlTemplate: 'http://127.0.0.1:9/' } },
        plans: {
          main: {
            numbers: ['+31502100000'],
            steps: ['crm', 'dead'].map((webhook) => ({ type: 'webhook', webhook })),
          },
        },
      },
    },
    config: {
      freeswitch: { port: freeswitch.port, password: 'a-word-of-its-own' },
      traces: { url: 'http://127.0.0.1:9/v1/traces', sample: 1 },
      store: 'postgres://127.0.0.1:9/none',
      webhooks: { allowPrivateNetworks: ['127.0.0.0/8'], breaker: { minimum: 1 } },
    },
  })
  await placeCall(esl, { did: '+31502100000' })
  const metrics = async (accept: string) => (await fetch(`${apiUrl}/metrics`, { headers: { accept } })).text()
  texts = { prometheus: await metrics('*/*'), openMetrics: await metrics('application/openmetrics-text') }
  exported = metricsIn(texts.prometheus)
}, 30_000)
afterAll(async () => {
  await controllers.end()
  await freeswitch.close()
  rmSync(scratch, { recursive: true })
})

function metricsIn(text: string): typeof exported {
  const found: typeof exported = new Map()
  for (const [, name, labels = ''] of text.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name!) ?? new Map<string, Set<string>>()
    found.set(name!, known)
    for (const [, label, value] of labels.matchAll(/(\w+)="([^"]*)"/g))
      known.set(label!, (known.get(label!) ?? new Set()).add(value!))
  }
  return found
}

/** Of what Prometheus adds to each series. */
const TARGET: readonly string[] = ['job', 'instance']
/** Values that a test does not bring about. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  ending: ENDINGS,
  source: ['server', 'fallback', 'cache', 'stale', 'none'],
  status: ['ACK', 'NAK', 'ERR'],
}

function expectExported(expression: string): void {
  const { metrics, selected, grouped } = readsOf(expression)
  expect(metrics.length, expression).toBeGreaterThan(0)
  const labels = new Set(TARGET)
  for (const metric of metrics.filter((name) => name !== 'up')) {
    expect([...exported.keys()], expression).toContain(metric)
    for (const label of exported.get(metric)!.keys()) labels.add(label)
  }
  for (const { metric, label, operator, value } of selected) {
    if (TARGET.includes(label)) continue
    expect([...exported.get(metric)!.keys()], expression).toContain(label)
    const values = VALUES[label] ?? [...exported.get(metric)!.get(label)!]
    for (const one of operator === '=~' ? value.split('|') : [value])
      expect(values, expression).toContain(one)
  }
  for (const label of grouped) expect([...labels], expression).toContain(label)
}

interface Target {
  readonly expr: string
  readonly legendFormat: string
}
interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly Target[]
}
interface Dashboard {
  readonly panels: readonly Panel[]
  readonly annotations: { readonly list: readonly { readonly expr: string }[] }
  readonly templating: { readonly list: readonly { readonly definition?: string }[] }
}

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly severity: string
  readonly summary: string
  readonly description: string
}

/** The rules, as Prettier lays them out: a key a line. */
function rulesIn(yaml: string): Rule[] {
  return yaml
    .split(/^ {6}- /m)
    .slice(1)
    .map((rule) => {
      const value = (key: string) =>
        new RegExp(`^ *${key}: (?:'(.*)'|(.*))$`, 'm').exec(rule)?.slice(1).find(Boolean) ?? ''
      const keys = ['alert', 'expr', 'severity', 'summary', 'description'] as const
      return Object.fromEntries(keys.map((key) => [key, value(key)])) as unknown as Rule
    })
}

describe('the dashboard', () => {
  const { panels, annotations, templating } = JSON.parse(read('dashboard.json')) as Dashboard
  const shown = panels.filter(({ type }) => type !== 'row')

  test('has a panel for each thing that operations.md watches, each in its place', () => {
    expect(shown.length).toBeGreaterThan(20)
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { title, gridPos, targets = [] } of shown) {
      expect(title).not.toBe('')
      expect(targets.length, title).toBeGreaterThan(0)
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
    }
    for (const [i, a] of panels.entries())
      for (const b of panels.slice(i + 1))
        expect(overlap(a.gridPos, b.gridPos), `${a.title} and ${b.title}`).toBe(false)
  })

  test.each(shown.flatMap(({ title, targets = [] }) => targets.map((target) => [title, target] as const)))(
    '%s',
    (_, { expr, legendFormat }) => {
      expectExported(expr)
      const { metrics } = readsOf(expr)
      const labels = [...TARGET, ...metrics.flatMap((metric) => [...exported.get(metric)!.keys()])]
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(labels).toContain(label)
    },
  )

  test('annotations and variables', () => {
    for (const { expr } of annotations.list) expectExported(expr)
    const definitions = templating.list.flatMap(({ definition }) => definition ?? [])
    expect(definitions).toEqual(['label_values(belplan_build_info, instance)'])
    expect(exported.has('belplan_build_info')).toBe(true)
  })
})

type Place = Panel['gridPos']
const overlap = (a: Place, b: Place): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

describe('the alert rules', () => {
  const yaml = read('alerts.yaml')
  const rules = rulesIn(yaml)

  test('are YAML', async () => {
    for (const name of ['alerts.yaml', 'alerts.test.yaml'])
      expect(await format(read(name), { parser: 'yaml', singleQuote: true, printWidth: 110 })).toBe(
        read(name),
      )
    expect(rules.length).toBeGreaterThan(20)
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
  })

  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s',
    (alert, { expr, severity, summary, description }) => {
      expectExported(expr)
      expect(alert).toMatch(/^Belplan[A-Z]\w+$/)
      expect(['page', 'warning']).toContain(severity)
      expect(summary).not.toBe('')
      expect(description).not.toBe('')
      // It has a test in which it fires.
      expect(read('alerts.test.yaml')).toMatch(
        new RegExp(`alertname: ${alert}\\n +exp_alerts:\\n +- exp_labels:`),
      )
    },
  )

  test('are about all that operations.md says to alert on', () => {
    const page = readFileSync(resolve(folder, '../operations.md'), 'utf8')
    const table = page.slice(page.indexOf('| alert on |'), page.indexOf('Prometheus rules for all'))
    const metrics = [...table.matchAll(/`((?:belplan|nodejs)_\w+)/g)].map(([, name]) => name!)
    expect(metrics.length).toBeGreaterThan(15)
    const used = rules.flatMap(({ expr }) => readsOf(expr).metrics)
    expect(metrics.filter((name) => !used.includes(name))).toEqual([])
    expect(
      used.filter((name) => /^belplan/.test(name) && !/_bucket$/.test(name) && !metrics.includes(name)),
    ).toEqual([])
  })
})

describe('in OpenMetrics', () => {
  test('the same metrics, whichever is asked for first', () => {
    // What the process is at comes and goes between two scrapes.
    const names = (text: string) =>
      [...metricsIn(text.replace(/ # \{.*$/gm, '')).keys()]
        .filter((name) => !name.startsWith('nodejs_active_'))
        .sort()
    expect(names(texts.openMetrics)).toEqual(names(texts.prometheus))
    expect(texts.openMetrics).toMatch(/^# TYPE belplan_calls counter$/m)
    expect(texts.prometheus).toMatch(/^# TYPE belplan_calls_total counter$/m)
  })
})

describe.skipIf(!hasPromtool)('promtool', () => {
  const promtool = (args: string[], input?: string) =>
    execFileSync('promtool', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
      ...(input !== undefined && { input }),
    })

  test('finds nothing wrong with the names of metrics', () => {
    // It says what it finds on standard error, and ends with 3.
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: texts.prometheus,
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
  })

  test('takes the rules, and they pass their tests', () => {
    expect(promtool(['check', 'rules', 'alerts.yaml'])).toContain('SUCCESS')
    expect(promtool(['test', 'rules', 'alerts.test.yaml'])).toContain('SUCCESS')
  })

  test('takes every expression of the dashboard', () => {
    const { panels } = JSON.parse(read('dashboard.json')) as Dashboard
    const rules = panels
      .flatMap(({ targets = [] }) => targets)
      .map(({ expr }, i) => ({
        record: `panel:${i}`,
        expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
      }))
    // JSON is YAML.
    writeFileSync(join(scratch, 'dashboard.json'), JSON.stringify({ groups: [{ name: 'panels', rules }] }))
    expect(promtool(['check', 'rules', join(scratch, 'dashboard.json')])).toContain(
      `${rules.length} rules found`,
    )
  })
})
