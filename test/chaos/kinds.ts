/**
 * Kinds of calls: a plan, what the caller does, and the way that a call has to go. Numbers are the callees'
 * (callees below) and tones those of the plans.
 */
import type { Documents } from '../harness/controller-process.ts'
import type { HookReply } from './customers.ts'
import type { Behaviour } from './sip/callees.ts'
import type { CallerScript } from './sip/caller.ts'

export interface Kind {
  readonly name: string
  readonly webhooks?: Readonly<Record<string, object>>
  readonly plan: { readonly missed?: string; readonly steps: readonly object[] }
  /** Other plans of the document. */
  readonly plans?: Readonly<Record<string, readonly object[]>>
  /** How long the step that a run is about takes from the INVITE on, in milliseconds. */
  readonly stepMs?: number
  readonly caller?: Pick<CallerScript, 'keys' | 'talkMs' | 'giveUpMs'>
  /** The way of the plan. */
  readonly way: {
    readonly status: number
    /** Who is rung, in order. */
    readonly rings: readonly string[]
    /** The display name that the last of them sees. */
    readonly name?: string
    readonly asks?: readonly string[]
    /** The breaker may be open, or the controller is killed with the request of a `notify` under way. */
    readonly mayAskNobody?: boolean
    /** Tones the caller hears, and for how many milliseconds at least. */
    readonly hears?: Readonly<Record<number, number>>
    /** The conversation lasts so long, when nothing cuts it. */
    readonly talkMs?: number
    /** There is a recording of each conversation. */
    readonly isRecorded?: true
    readonly endedBy: 'caller' | 'switch'
  }
}

export const tones = { enter: 600, wrong: 800, late: 1000, wait: 1200, long: 1400, menu: 1600 } as const
const audio = {
  enter: `tone_stream://%(800,0,${tones.enter})`,
  wrong: `tone_stream://%(400,0,${tones.wrong})`,
  late: `tone_stream://%(400,0,${tones.late})`,
  wait: `tone_stream://%(1000,0,${tones.wait})`,
  long: `tone_stream://%(2500,0,${tones.long})`,
  menu: `tone_stream://%(800,0,${tones.menu})`,
}

const [desk, reception, colleague, busy, nobody] = ['7001', '7002', '7003', '7004', '7005'] as const
/** Long enough that a conversation lives through the loss of the controller that set it up. */
const DESK_TALK_MS = 6000
const RECEPTION_TALK_MS = 3000
/** The caller hangs up on this one. */
const CALLER_TALK_MS = 4000

export const callees: Readonly<Record<string, Behaviour>> = {
  [desk]: { status: 200, afterMs: 400, talkMs: DESK_TALK_MS },
  [reception]: { status: 200, afterMs: 1500, talkMs: RECEPTION_TALK_MS },
  [colleague]: { status: 200, afterMs: 700 },
  [busy]: { status: 486, afterMs: 50 },
  [nobody]: { status: undefined, afterMs: 0 },
}

export const hooks: Readonly<Record<string, HookReply>> = {
  crm: { body: `status=ACK&destination=${desk}&callername=ACME`, afterMs: 30 },
  pin: { body: `status=ACK&destination=${colleague}`, afterMs: 150 },
  slow: { body: `status=ACK&destination=${reception}`, afterMs: 2000 },
  slower: { body: `status=ACK&destination=${reception}`, afterMs: 3500 },
  broken: { status: 500, body: 'status=ACK', afterMs: 100 },
  nak: { body: 'status=NAK', afterMs: 20 },
  missed: { body: 'thanks', afterMs: 20 },
  pause: { body: 'status=ACK', afterMs: 700 },
  // As many bytes of variables as a call may have, and a list of the longest destinations: the longest checkpoint.
  much: {
    contentType: 'application/json',
    body: JSON.stringify({
      status: 'ACK',
      variables: {
        tier: 'gold',
        a: '日'.repeat(80),
        b: '日'.repeat(80),
        c: '日'.repeat(80),
        d: 'é'.repeat(140),
      },
      destinations: [busy, ...Array.from({ length: 19 }, (_, i) => `${'9'.repeat(30)}${10 + i}`)],
    }),
    afterMs: 20,
  },
}

const bridge = (destination: string | readonly string[], more: object = {}) => ({
  ...{ type: 'bridge', destination, ringSeconds: 10 },
  ...more,
})
const toReturned = { type: 'bridge', from: 'webhook', ringSeconds: 10 }
const play = (name: keyof typeof audio) => ({ type: 'play', audio: name })
const ask = (webhook: string, success: readonly object[], failure: readonly object[] = []) => ({
  ...{ type: 'webhook', webhook, success, failure },
})
const talkedAtDesk = { status: 200, talkMs: DESK_TALK_MS, endedBy: 'switch' } as const
const talkedAtReception = { status: 200, talkMs: RECEPTION_TALK_MS, endedBy: 'switch' } as const
const messages = { errorMessage: 'wrong', timeoutMessage: 'late', timeoutSeconds: 3, interDigitSeconds: 2 }

/** The mix of a busy hour, one of each in turn. */
export const mix: readonly Kind[] = [
  {
    name: 'name and destination from a webhook',
    webhooks: { crm: {} },
    plan: { steps: [ask('crm', [{ type: 'callername', mode: 'webhook' }, toReturned]), bridge(busy)] },
    way: { ...talkedAtDesk, rings: [desk], name: 'ACME', asks: ['crm'] },
  },
  {
    name: 'code, then a conversation',
    webhooks: { pin: { ivr: { startMessage: 'enter', ...messages } } },
    plan: { steps: [ask('pin', [toReturned], [play('wrong')])] },
    caller: { keys: { [tones.enter]: { digits: '4711#', afterMs: 1000 } }, talkMs: CALLER_TALK_MS },
    way: { status: 200, rings: [colleague], asks: ['pin'], talkMs: CALLER_TALK_MS, endedBy: 'caller' },
  },
  {
    name: 'prompt to its end, then hung up',
    plan: { steps: [play('long'), { type: 'hangup' }] },
    way: { status: 200, rings: [], hears: { [tones.long]: 2300 }, endedBy: 'switch' },
  },
  {
    name: 'slow webhook, before answer',
    webhooks: { slow: {} },
    plan: { steps: [ask('slow', [toReturned])] },
    way: { ...talkedAtReception, rings: [reception], asks: ['slow'] },
  },
  {
    name: 'slow webhook, after answer',
    webhooks: { slower: { timeoutSeconds: 6, waitAudio: 'wait' } },
    plan: { steps: [play('enter'), ask('slower', [toReturned])] },
    way: {
      ...talkedAtReception,
      rings: [reception],
      asks: ['slower'],
      hears: { [tones.enter]: 700, [tones.wait]: 500 },
    },
  },
  {
    name: 'failing webhook',
    webhooks: { broken: {} },
    plan: { steps: [ask('broken', [], [{ type: 'callername', mode: 'prepend', text: '? ' }]), bridge(desk)] },
    way: { ...talkedAtDesk, rings: [desk], name: '? Jane', asks: ['broken'], mayAskNobody: true },
  },
  {
    name: 'nobody answers, one is busy, the last one talks',
    plan: { steps: [bridge(nobody, { ringSeconds: 3 }), bridge(busy), bridge(reception)] },
    way: { ...talkedAtReception, rings: [nobody, busy, reception] },
  },
  {
    name: 'menu, then a list in turn',
    plan: {
      steps: [
        {
          ...{ type: 'ivr', startMessage: 'menu', ...messages },
          choices: { 1: [bridge([busy, nobody, desk], { strategy: 'sequential', ringSeconds: 2 })], 2: [] },
        },
        play('wrong'),
      ],
    },
    caller: { keys: { [tones.menu]: { digits: '1', afterMs: 500 } } },
    way: { ...talkedAtDesk, rings: [busy, nobody, desk] },
  },
  {
    name: 'refused, and missed',
    webhooks: { nak: {}, missed: { reply: 'ignored' } },
    plan: { missed: 'missed', steps: [ask('nak', [bridge(desk)], [bridge(nobody, { ringSeconds: 2 })])] },
    way: { status: 480, rings: [nobody], asks: ['nak', 'missed'], endedBy: 'switch' },
  },
]

const SHORT_TALK_MS = 1500

/**
 * The same where so many come in that a machine cannot carry as many conversations: callers hang up soon. Without customers'
 * servers that take their time: asked again, they would add to what a caller waits.
 */
export const shortMix: readonly Kind[] = mix
  .filter(({ name }) => !name.startsWith('slow'))
  .map((kind) =>
    kind.way.talkMs === undefined
      ? kind
      : {
          ...kind,
          caller: { ...kind.caller, talkMs: SHORT_TALK_MS },
          way: { ...kind.way, talkMs: SHORT_TALK_MS, endedBy: 'caller' },
        },
  )

/** A kind for each step type, in which that step is what takes the time. */
export const stepKinds: readonly Kind[] = [
  {
    name: 'webhook',
    webhooks: { pause: {} },
    plan: { steps: [ask('pause', [bridge(busy)]), bridge(nobody, { ringSeconds: 1 })] },
    stepMs: 800,
    way: { status: 480, rings: [busy, nobody], asks: ['pause'], endedBy: 'switch' },
  },
  {
    name: 'notify',
    webhooks: { pause: {} },
    plan: { steps: [{ type: 'notify', webhook: 'pause' }, play('enter'), play('late')] },
    stepMs: 1000,
    way: {
      ...{ status: 200, rings: [], asks: ['pause'], mayAskNobody: true },
      ...{ hears: { [tones.enter]: 700, [tones.late]: 300 }, endedBy: 'switch' },
    },
  },
  {
    name: 'webhook with a code',
    webhooks: { pin: { ivr: { startMessage: 'enter', ...messages } } },
    plan: { steps: [ask('pin', [bridge(busy)], [play('wrong')])] },
    caller: { keys: { [tones.enter]: { digits: '4711#', afterMs: 1000 } } },
    stepMs: 1900,
    way: { status: 200, rings: [busy], asks: ['pin'], endedBy: 'switch' },
  },
  {
    name: 'schedule',
    plan: {
      steps: [
        {
          type: 'schedule',
          hours: [{ days: 'mon-sun', from: '00:00', to: '24:00' }],
          closedOn: ['2020-02-29'],
          open: [bridge(nobody, { ringSeconds: 1 })],
        },
        bridge(busy),
      ],
    },
    stepMs: 1300,
    way: { status: 486, rings: [nobody, busy], endedBy: 'switch' },
  },
  {
    name: 'callername',
    webhooks: { crm: {} },
    plan: {
      steps: [
        ask('crm', [
          { type: 'callername', mode: 'webhook' },
          { type: 'callername', mode: 'prepend', text: 'B-' },
          { type: 'callername', mode: 'prepend', text: 'A-' },
        ]),
        bridge(busy),
      ],
    },
    stepMs: 150,
    way: { status: 486, rings: [busy], name: 'A-B-ACME', asks: ['crm'], endedBy: 'switch' },
  },
  {
    name: 'bridge, answered',
    plan: { steps: [bridge(reception), bridge(busy)] },
    stepMs: 1800,
    way: { ...talkedAtReception, rings: [reception] },
  },
  {
    name: 'record',
    plan: { steps: [{ type: 'record', announce: 'late' }, bridge(reception), bridge(busy)] },
    stepMs: 2300,
    way: {
      ...{ ...talkedAtReception, rings: [reception], hears: { [tones.late]: 300 } },
      isRecorded: true,
    },
  },
  {
    name: 'bridge, unanswered',
    plan: { steps: [bridge(nobody, { ringSeconds: 1, on: { noAnswer: [bridge(busy)] } })] },
    stepMs: 1300,
    way: { status: 486, rings: [nobody, busy], endedBy: 'switch' },
  },
  {
    name: 'bridge, with an announcement',
    plan: {
      steps: [bridge(reception, { ringback: 'wait', announce: 'wrong', callerName: 'Sales' }), bridge(busy)],
    },
    stepMs: 2300,
    way: {
      ...talkedAtReception,
      ...{ rings: [reception], name: 'Sales', hears: { [tones.wait]: 800 } },
    },
  },
  {
    name: 'bridge, not confirmed',
    plan: { steps: [bridge(reception, { confirm: true, announce: 'wrong' }), bridge(busy)] },
    stepMs: 4700,
    way: { status: 486, rings: [reception, busy], endedBy: 'switch' },
  },
  {
    name: 'transfer',
    plan: { steps: [{ type: 'transfer', destination: '8000' }] },
    stepMs: 150,
    way: { status: 200, rings: [], endedBy: 'switch' },
  },
  {
    name: 'ivr',
    plan: {
      steps: [
        {
          ...{ type: 'ivr', startMessage: 'menu', ...messages },
          choices: { 1: [bridge(busy)], 12: [play('wrong')] },
        },
        play('late'),
      ],
    },
    // The choice may still grow: the pause behind it is part of the entry.
    caller: { keys: { [tones.menu]: { digits: '1', afterMs: 500 } } },
    stepMs: 2900,
    way: { status: 200, rings: [busy], hears: { [tones.late]: 300 }, endedBy: 'switch' },
  },
  {
    name: 'play',
    plan: { steps: [play('enter'), play('late')] },
    stepMs: 1000,
    way: { status: 200, rings: [], hears: { [tones.enter]: 700, [tones.late]: 300 }, endedBy: 'switch' },
  },
  {
    name: 'hangup',
    plan: { steps: [bridge(busy), { type: 'hangup', cause: 'CALL_REJECTED' }] },
    stepMs: 200,
    way: { status: 603, rings: [busy], endedBy: 'switch' },
  },
  {
    name: 'goto',
    plan: { steps: [{ type: 'goto', plan: 'other' }] },
    plans: { other: [play('late'), { type: 'goto', plan: 'last' }], last: [bridge(busy)] },
    stepMs: 700,
    way: { status: 200, rings: [busy], hears: { [tones.late]: 300 }, endedBy: 'switch' },
  },
  {
    name: 'switch',
    plan: {
      steps: [
        {
          ...{ type: 'switch', on: 'did', cases: [{ match: '+31*', steps: [play('late')] }] },
          default: [play('wrong')],
        },
        bridge(busy),
      ],
    },
    stepMs: 700,
    way: { status: 200, rings: [busy], hears: { [tones.late]: 300 }, endedBy: 'switch' },
  },
  {
    name: 'variables',
    webhooks: { much: {} },
    plan: {
      steps: [
        ask('much', [
          play('late'),
          {
            ...{ type: 'switch', on: { variable: 'tier' } },
            cases: [{ match: 'gold', steps: [toReturned] }],
          },
        ]),
        play('wrong'),
      ],
    },
    stepMs: 800,
    way: {
      ...{ status: 200, rings: [busy], asks: ['much'], endedBy: 'switch' },
      hears: { [tones.late]: 300 },
    },
  },
  {
    name: 'voicemail',
    plan: {
      steps: [
        { type: 'voicemail', mailbox: '215', greeting: 'enter', maxSeconds: 3 },
        play('late'),
        bridge(busy),
      ],
    },
    stepMs: 2300,
    way: { status: 200, rings: [busy], hears: { [tones.enter]: 700, [tones.late]: 300 }, endedBy: 'switch' },
  },
  {
    name: 'queue',
    plan: {
      steps: [
        // Nobody is logged in there, which the queue may see before the time is over.
        { type: 'queue', queue: 'sales', maxWaitSeconds: 2, on: { failed: [play('wrong')] } },
        play('late'),
        bridge(busy),
      ],
    },
    stepMs: 2300,
    way: { status: 200, rings: [busy], hears: { [tones.late]: 300 }, endedBy: 'switch' },
  },
  {
    name: 'call',
    plan: { steps: [{ type: 'call', plan: 'other' }, bridge(busy)] },
    plans: { other: [{ type: 'call', plan: 'last' }], last: [play('late')] },
    stepMs: 700,
    way: { status: 200, rings: [busy], hears: { [tones.late]: 300 }, endedBy: 'switch' },
  },
]

/** The number that leads to a kind. */
export const didOf = (index: number): string => `+3150210${String(index).padStart(4, '0')}`

/**
 * A document for each kind; `serverOf` says which server a kind's webhooks are on, where it is another one than the customers'
 * on `host`.
 */
export function documentsOf(
  kinds: readonly Kind[],
  serverOf: (kind: string) => string | undefined = () => undefined,
  host = '127.0.0.1',
): (customersPort: number) => Documents {
  return (port) =>
    Object.fromEntries(
      kinds.map(({ name: kind, plan, plans = {}, webhooks = {} }, index) => [
        `customer-${index}`,
        {
          version: 1,
          audio,
          webhooks: Object.fromEntries(
            Object.entries(webhooks).map(([name, more]) => [
              name,
              {
                urlTemplate: `${serverOf(kind) ?? `http://${host}:${port}/${name}`}?caller={callerid}&code={code}`,
                ...more,
              },
            ]),
          ),
          plans: {
            main: { numbers: [didOf(index)], ...plan },
            ...Object.fromEntries(Object.entries(plans).map(([name, steps]) => [name, { steps }])),
          },
        },
      ]),
    )
}
