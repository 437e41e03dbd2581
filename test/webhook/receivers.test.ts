/** The receivers in examples/receivers, each started as its first lines say, with requests of the real client. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { WebhookRequest } from '../../src/plan/webhook-request.ts'
import { webhookClient, webhookRequest } from './clients.ts'

const folder = new URL('../../examples/receivers/', import.meta.url).pathname

const languages = [
  { name: 'PHP', command: 'php', args: ['-S', '127.0.0.1:0', `${folder}receiver.php`] },
  { name: 'Python', command: 'python3', args: [`${folder}receiver.py`, '0'] },
  { name: 'Node.js', command: process.execPath, args: [`${folder}receiver.mjs`, '0'] },
]

/** Starts a receiver and returns the URL that it says it listens on. */
async function start(
  command: string,
  args: string[],
  env: Record<string, string> = {},
  said: string[] = [],
): Promise<string> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    const read = (line: string) => {
      said.push(line)
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)
      if (url) resolve(url[0])
    }
    createInterface(child.stdout).on('line', read)
    createInterface(child.stderr).on('line', read)
    child.once('exit', () => reject(new Error(said.join('\n'))))
  })
}

test.each([
  ['webhooks.md', 'receiver.php'],
  ['webhooks.md', 'receiver.py'],
  ['webhooks.md', 'receiver.mjs'],
  ['events.md', 'events.mjs'],
])('docs/%s shows %s as it is', (shown, file) => {
  const page = readFileSync(new URL(`../../docs/${shown}`, import.meta.url), 'utf8')
  expect(page).toContain(`\n${readFileSync(`${folder}${file}`, 'utf8')}\`\`\``)
})

describe.each(languages)('the receiver in $name', ({ command, args }) => {
  const missing = spawnSync(command, ['--version']).error !== undefined

  test.skipIf(missing)('answers with a name, a destination, or NAK', async () => {
    const url = await start(command, args)
    const { send } = webhookClient()
    const names = (callerid: string) =>
      webhookRequest(`${url}/name?callerid={callerid}`, {}, { values: { callerid } })
    expect(await send(names('+31612345678'))).toMatchObject({ status: 'ACK', callername: 'Jane Doe (ACME)' })
    expect(await send(names('+31502100099'))).toMatchObject({ status: 'ACK', callername: 'Müller GmbH' })
    expect(await send(names(''))).toMatchObject({ status: 'NAK', http: 200 })
    const pin = (code: string) =>
      webhookRequest(`${url}/pin`, { method: 'POST' }, { values: { code }, kind: 'codes' })
    expect(await send(pin('4711'))).toMatchObject({ status: 'ACK', destination: '215' })
    expect(await send(pin('0815'))).toMatchObject({ status: 'ACK', destination: '+31502102544' })
    expect(await send(pin('1'))).toMatchObject({ status: 'NAK' })
  })

  test.skipIf(missing).each(['plain text secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])(
    'takes what was signed with %s, and nothing else',
    async (secret) => {
      const url = await start(command, args, { SECRET: secret })
      const env = (_: string, name: string) => ({ RIGHT: secret, WRONG: 'another secret' })[name]
      const { send } = webhookClient({}, { env })
      const late = async (request: WebhookRequest) => {
        const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 301_000)
        return send(request).finally(() => clock.mockRestore())
      }
      const signed = (signingSecret: string | string[], method: 'GET' | 'POST' = 'GET') =>
        webhookRequest(
          `${url}/name?callerid={callerid}&n={callername}`,
          { method, signingSecret },
          { values: { callername: "a'b & 日本" } },
        )
      expect(await send(signed('env:RIGHT'))).toMatchObject({ status: 'ACK' })
      expect(await send(signed('env:RIGHT', 'POST'))).toMatchObject({ status: 'ACK' })
      expect(await send(signed(['env:WRONG', 'env:RIGHT']))).toMatchObject({ status: 'ACK' })
      expect(await send(signed('env:WRONG'))).toMatchObject({ status: 'ERR', http: 401 })
      expect(await late(signed('env:RIGHT'))).toMatchObject({ status: 'ERR', http: 401 })
      expect(await send(webhookRequest(`${url}/name?callerid={callerid}`))).toMatchObject({
        status: 'ERR',
        http: 401,
      })
    },
  )
})

test('the receiver of events takes each once, where it is signed', async () => {
  const said: string[] = []
  const url = await start(
    process.execPath,
    [`${folder}events.mjs`, '0'],
    { SECRET: 'plain text secret' },
    said,
  )
  const env = (_: string, name: string) => ({ RIGHT: 'plain text secret', WRONG: 'another secret' })[name]
  const { send } = webhookClient({}, { env })
  const told = (signingSecret: string, event: object) =>
    webhookRequest(`${url}/calls?n={callername}`, { signingSecret }, {
      ...{ kind: 'event', body: JSON.stringify(event), values: { callername: "a'b & 日本" } },
    }) // prettier-ignore
  const ended = { id: 'one', event: 'ended', callid: 'call-1', callerid: '+31612345678', outcome: 'talked' }
  expect(await send(told('env:WRONG', ended))).toMatchObject({ status: 'ERR', http: 401 })
  expect(await send(told('env:RIGHT', ended))).toMatchObject({ status: 'ACK', http: 204 })
  expect(await send(told('env:RIGHT', ended))).toMatchObject({ status: 'ACK', http: 204 })
  expect(await send(told('env:RIGHT', { ...ended, id: 'two', event: 'missed' }))).toMatchObject({ http: 204 })
  await vi.waitFor(() => expect(said).toHaveLength(3))
  expect(said.slice(1)).toEqual(['call-1 ended +31612345678 talked', 'call-1 missed +31612345678 talked'])
})
