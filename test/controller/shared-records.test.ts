/** Controllers of two machines, each with its own data, and one database. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { belplan } from '../cli/belplan.ts'
import { type Controller, createControllers, oneBridge } from '../harness/controller.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'
import { until } from '../harness/until.ts'

const slow = { timeout: 120_000 }
const withinMs = 60_000

const controllers = createControllers()
let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(async () => {
  await controllers.end()
  await postgres.close()
}, slow.timeout)

interface Page {
  readonly calls: readonly { readonly id: string; readonly caller: string; readonly document?: string }[]
  readonly incomplete?: boolean
  readonly missing?: readonly string[]
}

async function twoMachines() {
  const { url } = await postgres.database()
  const documents = { acme: oneBridge('+31502100000'), 'north/b': oneBridge('+31502100001') }
  const tokens = {
    all: { token: 'a-token-for-all-of-them', right: 'read' },
    north: { token: 'a-token-for-the-north', right: 'read', documents: ['north/*'] },
  }
  const start = () =>
    controllers.start({ documents, config: { store: 'env:STORE', api: { tokens } }, env: { STORE: url } })
  return { a: await start(), b: await start(), env: { STORE: url } }
}

const ask = ({ api }: Controller, path: string, token = 'a-token-for-all-of-them') =>
  api(path, { headers: { authorization: `Bearer ${token}` } })
const callsOf = async (controller: Controller, query = '', token?: string) =>
  (await ask(controller, `/calls?state=ended${query}`, token))[1] as Page
const untilThere = (controller: Controller, count: number) =>
  until(
    `${count} calls`,
    async () => {
      const page = await callsOf(controller)
      return page.calls.length === count && !page.incomplete ? page.calls : undefined
    },
    { withinMs, everyMs: 200 },
  )

test('api /calls a call of another machine is found, shown and replayed, by whoever may', slow, async () => {
  const { a, b, env } = await twoMachines()
  await placeCall(a.esl, { did: '+31502100000', caller: '+31612345678' })
  await placeCall(a.esl, { did: '+31502100001', caller: '+31687654321' })
  const calls = await untilThere(b, 2)
  const [, acme] = calls
  expect(calls.map((call) => call.document)).toEqual(['north/b', 'acme'])
  const [record] = await a.records()
  expect(await ask(b, `/calls/${acme!.id}`)).toEqual([200, { state: 'ended', ...record }])
  expect((await callsOf(b, '', 'a-token-for-the-north')).calls.map((call) => call.document)).toEqual([
    'north/b',
  ])
  expect((await ask(b, `/calls/${acme!.id}`, 'a-token-for-the-north'))[0]).toBe(404)
  const [status, replayed] = await b.api(`/calls/${acme!.id}/replay`, {
    method: 'POST',
    headers: { authorization: 'Bearer a-token-for-all-of-them' },
  })
  expect([status, replayed]).toMatchObject([200, { isSame: true }])
  const config = join(b.folder, 'belplan.json')
  const listed = await belplan(['calls', '--config', config], { env })
  expect(listed.out.split('\n')).toHaveLength(2)
  const shown = await belplan(['calls', acme!.id.slice(0, 8), '--config', config], { env })
  expect(shown.out).toContain('+31612345678')
  expect((await belplan(['replay', acme!.id, '--config', config], { env })).code).toBe(0)
  for (const command of ['calls', 'replay'])
    expect(await belplan([command, 'no-such-call', '--config', config], { env })).toEqual({
      ...{ code: 2, out: '' },
      err: 'belplan: there is no record of a call no-such-call, here or in the database',
    })

  const metrics = async () => {
    const headers = { authorization: 'Bearer a-token-for-all-of-them' }
    return (await fetch(`${a.apiUrl}/metrics`, { headers })).text()
  }
  // They are told each second.
  const text = await until(
    'both are counted',
    async () => {
      const told = await metrics()
      return told.includes('\nbelplan_records_shipped_total 2\n') ? told : undefined
    },
    { withinMs, everyMs: 200 },
  )
  expect(text).toContain('\nbelplan_records_waiting 0\n')

  await postgres.kill()
  try {
    expect(await callsOf(b)).toEqual({ calls: [], incomplete: true, missing: ['otherMachines'] })
    const response = await fetch(`${b.apiUrl}/calls`, {
      headers: { accept: 'text/csv', authorization: 'Bearer a-token-for-all-of-them' },
    })
    expect(response.headers.get('belplan-missing')).toBe('otherMachines')
    const message = `no call ${acme!.id} is here, and the database does not answer`
    expect(await ask(b, `/calls/${acme!.id}`)).toEqual([503, { error: { code: 'notReady', message } }])
    const away = await belplan(['calls', '--config', config], { env })
    expect(away).toMatchObject({ code: 0, out: '' })
    expect(away.err).toMatch(
      /^the database does not answer \(.*\): only this machine was looked through\nno such call/,
    )
  } finally {
    await postgres.start()
  }
})

test(
  'command-line calls forget: a person is in no journal of any machine, nor in the database, and each has its audit',
  slow,
  async () => {
    const { a, b, env } = await twoMachines()
    for (const { esl } of [a, b]) await placeCall(esl, { did: '+31502100000', caller: '+31612345678' })
    await untilThere(a, 2)
    const config = join(b.folder, 'belplan.json')
    const { code, out } = await belplan(['calls', 'forget', '06 12345678', '--config', config], { env })
    expect([code, out.split('\n').slice(0, 2)]).toEqual([
      0,
      [
        'taken out of 1 records, 0 that wait for the end of their call, and 0 events',
        'and of 2 in the database; the other machines forget it within seconds of hearing of it',
      ],
    ])
    expect(out).toMatch(/\n {2}VACUUM FULL belplan\.calls_\d{8};/)
    const journalOf = async (controller: Controller) => JSON.stringify(await controller.records())
    await until(
      'the other machine has forgotten',
      async () => (/612345678/.test(await journalOf(a)) ? undefined : true),
      { withinMs },
    )
    expect(await journalOf(b)).not.toMatch(/612345678/)
    const audited = async ({ folder }: Controller) =>
      (await readFile(join(folder, 'data', 'audit.jsonl'), 'utf8').catch(() => ''))
        .split('\n')
        .filter((line) => line.includes('"forget"'))
        .map((line) => JSON.parse(line) as object)
    const [line] = await until(
      'the audit of the other machine',
      async () => {
        const lines = await audited(a)
        return lines.length > 0 ? lines : undefined
      },
      { withinMs },
    )
    expect(line).toMatchObject({ what: 'forget', records: 1, outcome: 'changed' })
    expect((line as { user: string }).user).toMatch(/^[\w-]+@/)
    expect((await audited(b))[0]).toMatchObject({ what: 'forget', records: 1, shared: 2, outcome: 'changed' })
    // What comes later is shipped as ever.
    await placeCall(a.esl, { did: '+31502100000', caller: '+31687654321' })
    const calls = await untilThere(b, 3)
    expect(calls.map((call) => call.caller).sort()).toEqual(['', '', '+31687654321'])
  },
)

test(
  'command-line calls forget: while the database is away what is here goes, and it is said that it must be run again',
  slow,
  async () => {
    const { a, env } = await twoMachines()
    await placeCall(a.esl, { did: '+31502100000', caller: '+31612345678' })
    const config = join(a.folder, 'belplan.json')
    const { code, out, err } = await belplan(['calls', 'forget', '06 12345678', '--config', config], {
      env: { ...env, STORE: 'postgres://127.0.0.1:9/none' },
    })
    expect([code, out]).toEqual([
      1,
      'taken out of 1 records, 0 that wait for the end of their call, and 0 events',
    ])
    expect(err).toMatch(/^the database, and other machines, have it still: .*; run this again$/)
  },
)
