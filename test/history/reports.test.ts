/** docs/reports.md: each query has the result that it shows, by the index that it names, and reads no day that it does not name. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Client, types } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPostgres, type Postgres } from '../harness/postgres.ts'

interface Report {
  readonly title: string
  readonly sql: string
  readonly index: string | undefined
  /** Its lines, without rules. */
  readonly result: readonly string[]
}

const page = readFileSync(resolve(import.meta.dirname, '../../docs/reports.md'), 'utf8')
const reports = [...page.matchAll(/^## (.*)$([\s\S]*?)(?=^## |$(?![\s\S]))/gm)].flatMap(
  ([, title, section]) =>
    [...section!.matchAll(/```sql\n([\s\S]*?)```\n(?:\nIndex: `(\w+)`\.\n)?\n```\n([\s\S]*?)```/g)].map(
      ([, sql, index, result], n): Report => ({
        title: n === 0 ? title! : `${title}, ${n + 1}`,
        ...{
          sql: sql!,
          index,
          result: result!
            .trimEnd()
            .split('\n')
            .filter((line) => !/^-+(\+-+)*$/.test(line)),
        },
      }),
    ),
)

const DAYS = 14
const A_DAY = 8000
/** The last day with calls is a Sunday; each has twelve hours of them. */
const LOAD = `
  INSERT INTO belplan.calls (day, id, at, did, caller, name, document, plan, revision, ending, cause, ring_ms, wait_ms, talk_ms,
    answered, controller, record)
  SELECT day, md5(day::text || n), day + time '06:00' + n * interval '5.4 seconds', '+315021' || lpad(floor(97 * power((n * 7919 % 1000) / 1000.0, 3))::text, 5, '0'),
    CASE WHEN n % 5 = 0 THEN '' ELSE '+316' || lpad((n::bigint * 2654435761 % 100000000)::text, 8, '0') END, '', document,
    CASE WHEN document IS NULL THEN NULL WHEN n % 3 = 0 THEN 'night' ELSE 'main' END, '5f0c3a9be214', ending, 'NORMAL_CLEARING',
    n * 7 % 20000, wait_ms, CASE ending WHEN 'talked' THEN 20000 + n * 7919 % 300000 END, ending = 'talked', 'host-a:8084',
    json_build_object('steps', CASE WHEN document IS NULL THEN '[]' ELSE jsonb_build_array(
      jsonb_build_object('step', 'main/0', 'type', 'webhook', 'ms', webhook_ms, 'url', 'https://' || replace(document, '/', '.') || '.example/name?x=1')
        || CASE WHEN webhook_ms > 4900 THEN '{"outcome": "ERR", "error": "timeout"}' ELSE '{"outcome": "ACK"}' END::jsonb,
      jsonb_build_object('step', 'main/1', 'type', 'bridge', 'ms', wait_ms, 'outcome', 'answered', 'destinations', '["215"]'::jsonb,
        'note', repeat('x', 600))) END)
  FROM (SELECT date '2026-11-09' + d AS day FROM generate_series(0, ${DAYS - 1}) AS d) AS days, generate_series(0, ${A_DAY - 1}) AS n,
    LATERAL (SELECT
      CASE WHEN n % 50 = 3 THEN NULL WHEN n % 37 = 0 THEN 'north/acme' ELSE (ARRAY['acme', 'bakery', 'clinic', 'garage'])[1 + n % 11 % 4] END AS document,
      CASE WHEN n % 50 = 3 THEN 'noPlan' WHEN n % 13 = 0 THEN 'callerHungUp' WHEN n % 29 = 0 THEN 'endOfList' ELSE 'talked' END AS ending,
      1500 + n::bigint * 104729 % 9000 + n % 11 % 4 * 4000 AS wait_ms,
      20 + n::bigint * 15485863 % (CASE WHEN n % 37 = 0 THEN 5000 ELSE 200 * (1 + n % 11 % 4) END) AS webhook_ms) AS made`

let postgres: Postgres
let reader: Client
beforeAll(async () => {
  postgres = await openPostgres()
  const database = await postgres.database()
  const owner = new Client({ connectionString: database.owner })
  await owner.connect()
  await owner.query(
    `SELECT belplan.make_partition(date '2026-11-09' + d) FROM generate_series(0, ${DAYS + 2}) AS d`,
  )
  await owner.query(LOAD)
  await owner.query('VACUUM ANALYZE belplan.calls')
  await owner.end()
  reader = new Client({ connectionString: database.reports })
  // Of date: else midnight of this machine's time zone.
  reader.setTypeParser(types.builtins.DATE, (text: string) => text)
  await reader.connect()
}, 120_000)
afterAll(async () => {
  await reader.end()
  await postgres.close()
})

const cell = (value: string | number | Date | null) => {
  if (value instanceof Date) return value.toISOString().slice(0, 19).replace('T', ' ')
  return value === null ? '' : String(value)
}

interface Node {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly Node[]
}

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** What the query says of `day`. */
function daysOf(sql: string): string[] {
  const [, from, to = from] = /day (?:=|BETWEEN) '([\d-]+)'(?: AND '([\d-]+)')?/.exec(sql) ?? []
  const days: string[] = []
  for (let day = new Date(from!); day <= new Date(to!); day.setUTCDate(day.getUTCDate() + 1))
    days.push(day.toISOString().slice(0, 10).replaceAll('-', ''))
  return days
}

describe('reports', () => {
  test('are those that people ask for', () => {
    expect(reports.map(({ title }) => title)).toEqual([
      ...[
        'Missed calls by hour',
        'Waiting time by plan',
        'Slowest webhooks',
        'Slowest webhooks, 2',
        'Calls by ending',
      ],
      ...['Busiest numbers', 'Talk time by document and day', 'Calls of one number'],
    ])
  })

  test.each(reports.map((report) => [report.title, report] as const))(
    '%s: the result',
    async (_, { sql, result }) => {
      await reader.query("SET timezone = 'UTC'")
      const { rows, fields } = await reader.query<Record<string, string | number | Date | null>>(sql)
      const shown = [
        fields.map(({ name }) => name),
        ...rows.map((row) => fields.map(({ name }) => cell(row[name] ?? null))),
      ]
      const widths = fields.map((_field, i) => Math.max(...shown.map((row) => row[i]!.length)))
      const lines = shown.map((row) =>
        row
          .map((text, i) => text.padEnd(widths[i]!))
          .join(' | ')
          .trimEnd(),
      )
      expect(rows.length).toBeGreaterThan(0)
      expect(result.map((line) => line.trim())).toEqual(lines)
    },
  )

  test.each(reports.map((report) => [report.title, report] as const))(
    '%s: what is read',
    async (_, { sql, index }) => {
      const { rows } = await reader.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(`EXPLAIN (FORMAT JSON) ${sql}`)
      const nodes = nodesOf(rows[0]!['QUERY PLAN'][0].Plan)
      const read = nodes.flatMap((node) => node['Relation Name'] ?? [])
      expect([...new Set(read)].sort()).toEqual(daysOf(sql).map((day) => `calls_${day}`))
      const { rows: named } = await reader.query<{ part: string; whole: string }>(
        `SELECT part.relname AS part, whole.relname AS whole FROM pg_inherits
       JOIN pg_class part ON part.oid = inhrelid JOIN pg_class whole ON whole.oid = inhparent WHERE part.relkind = 'i'`,
      )
      const used = nodes.flatMap((node) => named.find(({ part }) => part === node['Index Name'])?.whole ?? [])
      expect([...new Set(used)]).toEqual(index === undefined ? [] : [index])
      if (index !== undefined) expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan')
    },
  )
})
