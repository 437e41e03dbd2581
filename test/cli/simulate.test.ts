import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { belplan } from './belplan.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belplan-simulate-'))
  await plan('https://crm.example/{callerid}')
})
afterEach(() => rm(folder, { recursive: true }))

const simulate = (...args: string[]) => belplan(['simulate', 'acme.json', ...args], { cwd: folder })
const did = ['--did', '+31502100000']

async function plan(urlTemplate: string): Promise<void> {
  const crm = {
    type: 'webhook',
    webhook: 'crm',
    success: [{ type: 'callername', mode: 'webhook' }],
    failure: [],
  }
  const steps = [crm, { type: 'bridge', destination: ['215', '216'] }, { type: 'play', audio: 'sorry' }]
  const document = {
    ...{ audio: { sorry: 'sorry.wav' }, webhooks: { crm: { urlTemplate } } },
    plans: { main: { numbers: ['+31502100000'], steps } },
  }
  await writeFile(join(folder, 'acme.json'), JSON.stringify(document))
}

test('command-line simulate: the walk, in lines of 80 columns: 0', async () => {
  const { code, out, err } = await simulate(
    ...[...did, '--webhook', 'crm=ACK,callername=Jane,afterMs=800'],
    ...['--answer', '215=busy', '--answer', '216=answered,after=5,talk=10', '--at', '2026-12-24T18:00'],
  )
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatchInlineSnapshot(`
    "+31502100000 leads to main of acme by its entry +31502100000, revision
      6999ed5c8db7

       0.00 s  main/0 webhook: ACK
               url: https://crm.example/%2B31612345678
               callername: Jane
               http: 200
       0.80 s  main/0/success/0 callername: set
               name: Jane
       0.80 s  main/1 bridge: answered
               rings 215 and 216 at the same time, showing Jane <+31612345678>: 216
                 answers after 5.00 s

    The caller hears
       0.00 s  silence, 0.80 s
       0.80 s  ringing, 5.00 s
       5.80 s  they talk, 10.00 s

    ended: talked, NORMAL_CLEARING, SIP 200, talked 10.00 s, waited 5.80 s, longest
      silence 0.80 s"
  `)
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('command-line simulate: as JSON', async () => {
  const { code, out } = await simulate(
    ...did,
    '--json',
    '--webhook',
    'crm=NAK',
    '--webhook',
    'crm=down',
    '--hang-up',
    '4',
  )
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    ending: 'callerHungUp',
    waitMs: 4000,
    steps: [{ outcome: 'NAK' }, {}],
  })
})

test('command-line simulate: --webhook NAME=ask really asks', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('status=ACK&callername=Asked')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await plan(`http://127.0.0.1:${(server.address() as AddressInfo).port}/{callerid}`)
  const config = { plans: '.', routes: [{ match: '.', dial: 'user/{destination}@{domain}' }] }
  const file = join(folder, 'belplan.conf')
  await writeFile(file, JSON.stringify({ ...config, webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] } }))
  const { code, out } = await simulate(...did, '--webhook', 'crm=ask', '--config', file)
  server.close()
  expect([code, asked]).toEqual([0, ['/%2B31612345678']])
  expect(out).toContain('Asked <+31612345678>')
})

test.each([
  [[], /required option '--did <number>'/],
  [[...did, '--at', '2026-02-30T10:00'], /^--at: is no moment/m],
  [[...did, '--at', 'noon'], /described\n--at: must be a moment such as .*$/],
  [[...did, '--digits', '12a'], /^--digits: "12a" cannot be keyed/m],
  [
    [...did, '--answer', '215=asleep'],
    /described\n--answer 215: "asleep" is not known; write "answered", .*$/,
  ],
  [[...did, '--answer', '215=busy,when=5'], /Write after=SECONDS or talk=SECONDS/],
  [[...did, '--answer', '215'], /Write DEST=OUTCOME, such as 215=busy\./],
  [[...did, '--webhook', 'crm'], /Write NAME=ANSWER/],
  [[...did, '--audio', 'sorry'], /Write NAME=SECONDS/],
  [[...did, '--webhook', 'crm=OK'], /described\n--webhook crm: "OK" is not known; write "ACK", .*$/],
  [
    [...did, '--webhook', 'crm=YES,callername=A'],
    /described\n--webhook crm: "YES" is not known; write "ACK", .*$/,
  ],
  [
    [...did, '--webhook', 'crmm=ACK'],
    /^--webhook crmm: the document has no webhook "crmm"; did you mean "crm"\?$/m,
  ],
  [
    [...did, '--audio', 'sory=2'],
    /^--audio sory: the document has no audio "sory"; did you mean "sorry"\?$/m,
  ],
  [[...did, '--audio', 'sorry=long'], /Write a number/],
  [[...did, '--hang-up', 'soon'], /Write a number/],
])('command-line simulate: wrong use, %j: 2', async (args, message) => {
  const { code, err } = await simulate(...args)
  expect(err).toMatch(message)
  expect(code).toBe(2)
})

test('command-line simulate: what of the script was not used is noted', async () => {
  const { code, out } = await simulate(...did, '--webhook', 'crm=ack', '--answer', '2166=busy')
  expect(code).toBe(0)
  expect(out).toContain('note: 2166 is never called')
})

test('command-line simulate: a number without a plan says where to look', async () => {
  const hint = async (...args: string[]) =>
    (await simulate(...args)).out.split(/longest\s+silence\s+0\.00\s+s\n/)[1]?.split('\n')
  expect(await hint('--did', '+31502100001')).toEqual([
    '+31502100001 leads to no plan; `belplan explain +31502100001 acme.json` shows',
    '  what is near it',
  ])
  expect(await hint('--did', '0502100000')).toEqual([
    '0502100000 leads to no plan: it is a national number, and no defaultCountry is',
    '  known to read it with; `belplan explain 0502100000 acme.json` shows what is',
    '  near it',
  ])
  await writeFile(join(folder, 'a b.json'), '{ "plans": ".", "defaultCountry": "NL" }')
  expect((await hint('--did', '0502100001', '--config', 'a b.json'))?.join(' ').replace(/ +/g, ' ')).toBe(
    "0502100001 leads to no plan; `belplan explain 0502100001 acme.json --config 'a b.json'` shows what is near it",
  )
  expect((await hint('--did', '299'))?.join(' ')).toContain('explain 299 acme.json --domain pbx.example`')
})

test('command-line simulate: a set that does not validate, or is not there: 1', async () => {
  await writeFile(join(folder, 'acme.json'), '{"plans":{}}')
  expect(await simulate(...did)).toMatchObject({
    code: 1,
    err: expect.stringContaining('acme.json:1:') as string,
  })
  const missing = await belplan(['simulate', 'nothing', ...did], { cwd: folder })
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('no such file') as string })
})

test('command-line simulate: text of a script and a plan cannot write to the terminal', async () => {
  const { out } = await simulate(...did, '--name', 'A\u001b[2J\u202eB', '--webhook', 'crm=NAK')
  expect(out).not.toMatch(/[\u001b\u202e]/)
})
