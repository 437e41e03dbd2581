import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createWebhookServer } from '../../examples/webhook-server.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript, Party } from '../../src/simulator/script.ts'
import { createControllers, type Controller } from '../harness/controller.ts'

const examples = fileURLToPath(new URL('../../examples/', import.meta.url))
const asked: string[] = []
let clock = () => new Date()
const webhooks = createWebhookServer(
  (line) => asked.push(line),
  () => clock(),
)
const controllers = createControllers()
let controller: Controller

/** A controller with the example configuration, its plans asking the example webhook server; all on free ports. */
beforeAll(async () => {
  webhooks.listen(0, '127.0.0.1')
  await once(webhooks, 'listening')
  const { port } = webhooks.address() as AddressInfo
  const files = await readdir(`${examples}plans`)
  const texts = await Promise.all(files.map((file) => readFile(`${examples}plans/${file}`, 'utf8')))
  const documents = Object.fromEntries(
    texts.map((text, i) => [
      files[i]!.replace('.json', ''),
      JSON.parse(text.replaceAll('127.0.0.1:8090', `127.0.0.1:${port}`)) as Record<string, unknown>,
    ]),
  )
  const example = JSON.parse(await readFile(`${examples}belplan.json`, 'utf8')) as object
  const config = { ...example, data: 'data', esl: { port: 0 }, api: { port: 0 } }
  controller = await controllers.start({ documents, config })
})

afterAll(async () => {
  await controllers.end()
  webhooks.close()
})

const jane = '+31612345678'
const answers: Party = { outcome: 'answered' }

const recordOf = async (id: string) => {
  const [, body] = await controller.api(`/calls/${id}`)
  return body as CallRecord & { state?: string }
}

/** One call with the time taken out; `rung` is who was rung, in order, `played` what the caller heard of the prompts. */
async function call(did: string, script: Omit<CallScript, 'did'> = {}) {
  const before = asked.length
  const prompts: string[] = []
  const result = await placeCall(controller.esl, {
    did,
    domain: 'belplan.local',
    speed: Infinity,
    ...script,
    observe: (entry) => {
      if (entry.type === 'audio') prompts.push(entry.audio)
    },
  })
  expect(result.violations).toEqual([])
  const played = prompts.map((path) => /(\w[\w-]*)\.wav/.exec(path)?.[1]).filter((name) => name !== undefined)
  await expect.poll(() => recordOf(result.id)).toMatchObject({ state: 'ended' })
  const record = await recordOf(result.id)
  const invites = result.invites.map((invite) => ({
    ...invite,
    destination: invite.destination.replace(/@.*/, ''),
  }))
  return {
    ...result,
    invites,
    rung: invites.map(({ destination }) => destination),
    played,
    asked: asked.slice(before),
    record,
  }
}

describe('the caller’s name from a CRM', () => {
  test('the account manager is rung and sees the name from the CRM', async () => {
    const { ended, invites } = await call('+31502100000', { caller: jane, answers: { 217: answers } })
    expect(ended).toBe('talked')
    expect(invites).toMatchObject([{ destination: '217', number: jane, name: 'Jane Doe, ACME BV' }])
  })

  test('when the account manager does not answer, the front desk is rung with the same name', async () => {
    const { ended, invites } = await call('+31502100000', { caller: jane, answers: { 216: answers } })
    expect(ended).toBe('talked')
    expect(invites.map(({ destination, name }) => [destination, name])).toEqual([
      ['217', 'Jane Doe, ACME BV'],
      ['215', 'Jane Doe, ACME BV'],
      ['216', 'Jane Doe, ACME BV'],
    ])
  })

  test.each([
    ['an unknown caller', '+31687000000'],
    ['a CRM that fails', '+31612345699'],
  ])('%s shows as ? before the number', async (_, caller) => {
    const { invites, rung } = await call('+31502100000', { caller, answers: { 215: answers } })
    expect(rung).toEqual(['215', '216'])
    expect(invites[0]!.name).toBe(`? ${caller}`)
  })
})

describe('routing by a database', () => {
  test('a known caller reaches their team', async () => {
    expect((await call('+31502100010', { caller: jane, answers: { 217: answers } })).rung).toEqual(['217'])
  })

  test('a blocked caller hears an announcement without being answered, and is rejected', async () => {
    const { rung, played, answered, sip } = await call('+31502100010', { caller: '+31612345600' })
    expect({ rung, played, answered, sip }).toEqual({
      rung: [],
      played: ['sorry'],
      answered: false,
      sip: 603,
    })
  })

  test('somebody else, and a withheld number, reach the front desk', async () => {
    expect((await call('+31502100010', { caller: '+31687000000', answers: { 215: answers } })).rung).toEqual([
      '215',
    ])
    expect((await call('+31502100010', { caller: 'anonymous', answers: { 215: answers } })).rung).toEqual([
      '215',
    ])
  })

  test('the dialled number leads to whoever has it, however it was written', async () => {
    const { rung, asked } = await call('0502100020', { caller: jane, answers: { 215: answers } })
    expect({ rung, asked }).toEqual({ rung: ['215'], asked: ['GET /route/number/+31502100020'] })
  })

  test('a number that is not handed out is unallocated', async () => {
    const { cause, sip } = await call('0502100029', { caller: jane })
    expect({ cause, sip }).toEqual({ cause: 'UNALLOCATED_NUMBER', sip: 404 })
  })

  test('a PIN leads to the customer’s team, and both webhooks get it', async () => {
    const { rung, invites, asked } = await call('+31502100030', {
      caller: jane,
      digits: ['1234'],
      answers: { 217: answers },
    })
    expect(rung).toEqual(['217'])
    expect(invites[0]!.name).toBe('Jane Doe, ACME BV')
    expect(asked.map((line) => line.split(' ')[1])).toEqual(['/visits', '/route/pin'])
  })

  test('an unknown PIN leads to the front desk', async () => {
    expect((await call('+31502100030', { digits: ['9999'], answers: { 215: answers } })).rung).toEqual([
      '215',
    ])
  })

  test('too short, then nothing, then right: each time the message for what went wrong', async () => {
    const { rung, played } = await call('+31502100030', {
      digits: ['12#', '', '5678'],
      answers: { 216: answers },
    })
    expect({ rung, played }).toEqual({ rung: ['216'], played: ['enter-code', 'wrong-code', 'too-late'] })
  })
})

describe('opening hours', () => {
  afterEach(() => void (clock = () => new Date()))

  // Amsterdam is an hour ahead of UTC in November, and two in July.
  test.each([
    ['a Monday morning', '2026-11-23T08:00:00Z', ['215'], []],
    ['a summer morning', '2026-07-06T07:00:00Z', ['215'], []],
    ['a minute before', '2026-11-23T07:59:00Z', [], ['closed']],
    ['an evening', '2026-11-23T16:00:00Z', [], ['closed']],
    ['a Saturday', '2026-11-28T10:00:00Z', [], ['closed']],
  ])('%s', async (_, at, rung, played) => {
    clock = () => new Date(at)
    expect(await call('+31502100090', { answers: { 215: answers } })).toMatchObject({ rung, played })
  })

  test('open, and nobody answers: another announcement than when closed', async () => {
    clock = () => new Date('2026-11-23T10:00:00Z')
    expect(await call('+31502100090')).toMatchObject({ rung: ['215'], played: ['sorry'] })
    expect(await call('+31502100091')).toMatchObject({ rung: [], played: ['closed'] })
  })

  test('a calendar that is down closes nobody', async () => {
    clock = () => {
      throw new Error('down')
    }
    expect(await call('+31502100090', { answers: { 215: answers } })).toMatchObject({
      rung: ['215'],
      played: [],
    })
  })
})

describe('measuring campaigns', () => {
  test('the call is counted once and goes on, with the advertisement’s name', async () => {
    const { invites, asked } = await call('+31502100040', {
      caller: jane,
      answers: { '+31502102544': answers },
    })
    expect(asked).toEqual([`GET /count number=+31502100040 caller=${jane}`])
    expect(invites).toMatchObject([{ destination: '+31502102544', name: `Newspaper ${jane}` }])
  })

  test('the caller hears busy when the company is', async () => {
    expect((await call('+31502100041', { answers: { '+31502102544': { outcome: 'busy' } } })).cause).toBe(
      'USER_BUSY',
    )
  })

  test('the company’s own number is not counted', async () => {
    expect((await call('+31502100042', { answers: { '+31502102544': answers } })).asked).toEqual([])
  })
})

describe('a message on a missed call', () => {
  const told = (from: number) => asked.slice(from).filter((line) => line.includes('/missed'))

  test('nobody answers: the announcement, then one message that says who called', async () => {
    const from = asked.length
    expect((await call('+31502100050', { caller: jane, name: 'Jane Doe' })).played).toEqual(['sorry'])
    await expect.poll(() => told(from)).toHaveLength(1)
    expect(told(from)[0]).toContain(`did=+31502100050 callerid=${jane} callername=Jane Doe`)
  })

  test('a caller who gives up while it rings is a missed call, too', async () => {
    const from = asked.length
    await call('+31502100050', { caller: jane, speed: 1, hangUp: { when: 'ringing' } })
    await expect.poll(() => told(from)).toHaveLength(1)
  })

  test('the second destination answers, and sees the practice’s number', async () => {
    const { invites, record } = await call('+31502100051', { caller: jane, answers: { 216: answers } })
    const seen = invites.map(({ destination, number }) => [destination, number])
    expect(seen).toEqual([
      ['217', jane],
      ['216', '+31502100051'],
    ])
    expect(record.ending).toBe('talked')
  })

  test('no message goes out when somebody answered', async () => {
    const from = asked.length
    await call('+31502100050', { caller: jane, answers: { 216: answers } })
    await call('+31502100050', { caller: '+31687000000' })
    await expect.poll(() => told(from)).not.toEqual([])
    expect(told(from)).toEqual([expect.stringContaining('callerid=+31687000000')])
  })
})

describe('a VIP code for a fault line', () => {
  test('right at once: the engineer sees the contract and the fault line’s number', async () => {
    const { invites, played } = await call('+31502100060', {
      caller: jane,
      digits: ['2468#'],
      answers: { 217: answers },
    })
    expect(played).toEqual(['enter-code'])
    expect(invites).toMatchObject([
      { destination: '217', number: '+31502100060', name: 'ACME BV, contract 17' },
    ])
  })

  test('wrong, then right', async () => {
    const { played, rung } = await call('+31502100060', {
      digits: ['1111#', '2468#'],
      answers: { 217: answers },
    })
    expect({ played, rung }).toEqual({ played: ['enter-code', 'wrong-code'], rung: ['217'] })
  })

  test.each([
    [
      'three times wrong',
      ['1#', '2#', '3#'],
      ['enter-code', 'wrong-code', 'wrong-code', 'wrong-code', 'goodbye'],
      3,
    ],
    ['nothing is keyed', ['', '', ''], ['enter-code', 'too-late', 'too-late', 'too-late', 'goodbye'], 0],
  ])('%s: goodbye', async (_, digits, prompts, requests) => {
    const { played, rung, asked, record } = await call('+31502100060', { digits })
    expect({ played, rung, requests: asked.length }).toEqual({ played: prompts, rung: [], requests })
    expect(record.ending).toBe('hungUpByPlan')
  })

  test('the service desk is rung when the engineer does not answer', async () => {
    const { rung } = await call('+31502100060', { digits: ['2468#'], answers: { '+31502102544': answers } })
    expect(rung).toEqual(['217', '+31502102544'])
  })

  test('its record holds no code', async () => {
    const { record } = await call('+31502100060', { digits: ['7431#', '2468#'], answers: { 217: answers } })
    expect(record.steps[0]).toMatchObject({ type: 'webhook', outcome: 'ACK' })
    expect(JSON.stringify(record)).not.toMatch(/2468|7431/)
  })
})

describe('an automation service', () => {
  test('is told of the call, and what it answers changes nothing', async () => {
    const { rung, asked, record } = await call('+31502100070', { caller: jane, answers: { 215: answers } })
    expect(rung).toEqual(['215'])
    expect(asked[0]).toContain(`POST /hooks/catch/1234567/b2xkbg/ did=+31502100070 callerid=${jane}`)
    expect(record.steps[0]).toMatchObject({ type: 'webhook', outcome: 'ACK' })
  })
})

describe('a menu', () => {
  test('sales, one telephone after the other', async () => {
    const { rung } = await call('+31502100080', {
      digits: ['1'],
      answers: { 216: { outcome: 'busy' }, 217: answers },
    })
    expect(rung).toEqual(['216', '217'])
  })

  test('nobody is registered in sales: closed', async () => {
    const none: Party = { outcome: 'unavailable' }
    const { played, record } = await call('280', { digits: ['1'], answers: { 216: none, 217: none } })
    expect({ played, ending: record.ending }).toEqual({
      played: ['welcome-menu', 'closed'],
      ending: 'hungUpByPlan',
    })
  })

  test('support is handed over to FreeSWITCH', async () => {
    const { ended, transferredTo } = await call('+31502100080', { digits: ['2'] })
    expect({ ended, transferredTo }).toMatchObject({
      ended: 'transferred',
      transferredTo: { extension: '8000', context: 'default' },
    })
  })

  test('who holds the line reaches the front desk, in Dutch as well', async () => {
    const { rung, played } = await call('+31502100081', { digits: [''], answers: { 215: answers } })
    expect({ rung, played }).toEqual({ rung: ['215'], played: ['welcome-menu'] })
  })
})
