/** The honest customer: a name and a destination from its server, somebody answers, some calls are missed. */
import type { HookReply } from '../customers.ts'
import { didOf, type Kind } from '../kinds.ts'
import type { Behaviour } from '../sip/callees.ts'

const [teller, counter, busy, nobody] = ['7001', '7002', '7003', '7004'] as const
const TALK_MS = 1500
const ENTER_HZ = 600

/** Calls to `NEW_WAY` ring one of these, by the document that serves. */
const newWays = ['7010', '7011'] as const

export const callees: Readonly<Record<string, Behaviour>> = {
  [teller]: { status: 200, afterMs: 300, talkMs: TALK_MS },
  [counter]: { status: 200, afterMs: 500, talkMs: TALK_MS },
  [busy]: { status: 486, afterMs: 50 },
  [nobody]: { status: undefined, afterMs: 0 },
  [newWays[0]]: { status: 486, afterMs: 20 },
  [newWays[1]]: { status: 486, afterMs: 20 },
}

export const hooks: Readonly<Record<string, HookReply>> = {
  crm: { body: `status=ACK&destination=${teller}&callername=ACME`, afterMs: 5 },
  pin: { body: `status=ACK&destination=${counter}`, afterMs: 5 },
  missed: { body: 'thanks', afterMs: 5 },
}

const ask = (webhook: string) => ({
  ...{ type: 'webhook', webhook },
  success: [
    { type: 'callername', mode: 'webhook' },
    { type: 'bridge', from: 'webhook', ringSeconds: 10 },
  ],
})

const named: Kind = {
  name: 'name and destination from a webhook',
  plan: { steps: [ask('crm'), { type: 'bridge', destination: busy }] },
  way: { status: 200, rings: [teller], name: 'ACME', asks: ['crm'], talkMs: TALK_MS, endedBy: 'switch' },
}
const unanswered: Kind = {
  name: 'nobody answers, and missed',
  plan: { missed: 'missed', steps: [{ type: 'bridge', destination: nobody, ringSeconds: 2 }] },
  way: { status: 480, rings: [nobody], asks: ['missed'], endedBy: 'switch' },
}
const refused: Kind = {
  name: 'busy, and missed',
  plan: { missed: 'missed', steps: [{ type: 'bridge', destination: busy }] },
  way: { status: 486, rings: [busy], asks: ['missed'], endedBy: 'switch' },
}
const code: Kind = {
  name: 'code, then a conversation',
  plan: { steps: [ask('pin')] },
  caller: { keys: { [ENTER_HZ]: { digits: '4711#', afterMs: 300 } } },
  way: { status: 200, rings: [counter], asks: ['pin'], talkMs: TALK_MS, endedBy: 'switch' },
}

/** One of each in turn. */
export const kinds: readonly Kind[] = [
  ...[named, named, unanswered, named, named, code, named, refused, named, named],
]
export const NEW_WAY = didOf(kinds.length)

/** A call to the number whose way changes with the document. */
export const newWay = (change: number): Kind => ({
  name: `the way of change ${change}`,
  plan: { steps: [{ type: 'bridge', destination: newWays[change % 2]! }] },
  way: { status: 486, rings: [newWays[change % 2]!], endedBy: 'switch' },
})

/** The name of its plan, by which `GET /plans/explain` tells which document serves. */
export const newWayPlan = (change: number): string => `change-${change}`

/** The document after so many changes. */
export function bankDocument(port: number, change: number): object {
  const url = (hook: string) => ({
    urlTemplate: `http://127.0.0.1:${port}/${hook}?caller={callerid}&code={code}`,
  })
  const ivr = { startMessage: 'enter', timeoutSeconds: 5, interDigitSeconds: 2 }
  return {
    version: 1,
    audio: { enter: `tone_stream://%(800,0,${ENTER_HZ})` },
    webhooks: {
      crm: url('crm'),
      pin: { ...url('pin'), ivr },
      missed: { ...url('missed'), reply: 'ignored' },
    },
    plans: {
      ...Object.fromEntries(kinds.map(({ plan }, i) => [`main-${i}`, { numbers: [didOf(i)], ...plan }])),
      [newWayPlan(change)]: { numbers: [NEW_WAY], ...newWay(change).plan },
    },
  }
}
