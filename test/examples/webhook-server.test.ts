import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWebhookServer } from '../../examples/webhook-server.ts'

const lines: string[] = []
const server = createWebhookServer((line) => lines.push(line))
let origin: string

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

const ask = async (path: string, init?: RequestInit) => {
  const response = await fetch(origin + path, init)
  return { http: response.status, body: await response.text() }
}
const reply = async (path: string) => Object.fromEntries(new URLSearchParams((await ask(path)).body))

describe('the example webhook server', () => {
  const folder = new URL('../../examples/plans/', import.meta.url)
  const templates = readdirSync(folder).flatMap((file) => {
    const found = readFileSync(new URL(file, folder), 'utf8').matchAll(
      /"urlTemplate": "http:\/\/127\.0\.0\.1:8090([^"]*)"/g,
    )
    return [...found].map((match) => ({ file, template: match[1]! }))
  })

  test.each(templates)('knows what $file asks: $template', async ({ template }) => {
    expect((await ask(template.replaceAll(/\{\w+\}/g, '1'))).http).toBeLessThan(300)
  })

  test('names a known caller and their account manager, in UTF-8', async () => {
    expect(await reply('/crm?caller=%2B31687654321')).toEqual({
      status: 'ACK',
      callername: 'Müller GmbH',
      destination: '216',
    })
  })

  test('answers NAK for a caller it does not know', async () => {
    expect(await reply('/crm?caller=%2B31687000000')).toEqual({ status: 'NAK' })
  })

  test('has a caller for whom the CRM breaks down', async () => {
    expect((await ask('/crm?caller=%2B31612345699')).http).toBe(503)
  })

  test('routes on the caller, turns blocked ones away, and leaves others to the plan', async () => {
    expect(await reply('/route/caller/%2B31612345678')).toMatchObject({ status: 'ACK', destination: '217' })
    expect(await reply('/route/caller/%2B31612345600')).toEqual({ status: 'NAK' })
    expect(await reply('/route/caller/%2B31687000000')).toEqual({ status: 'ACK' })
    expect(await reply('/route/caller/')).toEqual({ status: 'ACK' })
  })

  test('routes on the dialled number', async () => {
    expect(await reply('/route/number/%2B31502100020')).toEqual({ status: 'ACK', destination: '215' })
    expect(await reply('/route/number/%2B31502100029')).toEqual({ status: 'NAK' })
  })

  test('routes on a PIN, and judges a VIP code', async () => {
    expect(await reply('/route/pin?pin=1234&caller=')).toMatchObject({ status: 'ACK', destination: '217' })
    expect(await reply('/route/pin?pin=9999&caller=')).toEqual({ status: 'NAK' })
    expect(await reply('/contract?code=2468&caller=')).toMatchObject({ status: 'ACK', destination: '217' })
    expect(await reply('/contract?code=1111&caller=')).toEqual({ status: 'NAK' })
  })

  test('counts each number by itself', async () => {
    await ask('/count?number=%2B31502100040')
    await ask('/count?number=%2B31502100041')
    expect((await ask('/count?number=%2B31502100040')).body).toContain('+31502100040 was called 2 times')
  })

  test('answers as an automation service does, in words that are no reply', async () => {
    const { body } = await ask('/hooks/catch/1234567/b2xkbg/', {
      method: 'POST',
      body: new URLSearchParams({ did: '+31502100070' }),
    })
    expect(JSON.parse(body)).toMatchObject({ status: 'success' })
  })

  test('logs what it was asked, form body included, but no codes', async () => {
    await ask('/visits', {
      method: 'POST',
      body: new URLSearchParams({ code: '4711', callerid: '+31612345678' }),
    })
    expect(lines.at(-1)).toBe('POST /visits callerid=+31612345678')
    await ask('/contract?code=4711&caller=')
    expect(lines.join('\n')).not.toContain('4711')
  })

  test('knows no other paths, and survives a broken one', async () => {
    expect((await ask('/crmx')).http).toBe(404)
    expect((await ask('/toString')).http).toBe(404)
    expect((await ask('/%')).http).toBe(400)
  })
})
