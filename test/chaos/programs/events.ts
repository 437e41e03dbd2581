/**
 * Events of stand-in calls while their receivers are down a third of the time and controllers are killed: each event
 * is told at least once, those of one call in order, with the same id when it is told again, and none of what did not
 * happen. Every controller sees the end of every call by the inbound link.
 */
import { readFileSync, mkdtempSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EVENTS } from '../../../src/plan/index.ts'
import {
  placeCall,
  type CallResult,
  type CallScript,
  type TimelineEntry,
} from '../../../src/simulator/index.ts'
import { startControllerProcess, type ControllerProcess } from '../../harness/controller-process.ts'
import { steadyPorts } from '../../harness/ports.ts'
import { createProcessGroup } from '../../harness/processes.ts'
import { until } from '../../harness/until.ts'
import { fakeFreeSwitch } from '../../link/fake-freeswitch.ts'
import { sumOf } from '../neighbours/watch.ts'
import { figure, isKept, none, type Verdict } from '../verdict.ts'
import { removeFolder } from '../../harness/remove-folder.ts'

export interface EventsOptions {
  readonly calls: number
  readonly kills: number
  /** Calls at one time. */
  readonly callers: number
  /** Nothing more is told when nothing was for so long [20,000]: longer than a receiver's pauses. */
  readonly quietMs?: number
}

const PASSWORD = 'a-word-of-its-own'
const CONTROLLERS = 3
/** Of each round a receiver is down for the last third. */
const ROUND_MS = 3000
/** Every so many calls is to a customer whose receiver never answers. */
const EACH_DEAD = 40
const BETWEEN_KILLS_MS = 2500
const AWAY_MS = 500

const did = (index: number) => `+3150210000${index}`
const DEAD = '+31502100099'

/** One of each in turn; the place of each is that of its number. */
const kinds: readonly { readonly steps: readonly object[]; readonly script: Partial<CallScript> }[] = [
  {
    steps: [{ type: 'bridge', destination: '201' }],
    script: { answers: { '201': { outcome: 'answered', afterMs: 150, talkMs: 300 } } },
  },
  {
    steps: [{ type: 'play', audio: 'hello' }, { type: 'bridge', destination: ['201', '202'] }],
    script: { answers: { '201': { outcome: 'busy', afterMs: 80 }, '202': { outcome: 'busy', afterMs: 90 } } },
  },
  {
    steps: [
      { type: 'bridge', destination: ['201', '202', '203'], strategy: 'sequential' },
      { type: 'play', audio: 'hello' },
    ],
    script: {
      answers: {
        '201': { outcome: 'busy', afterMs: 60 },
        // Of one that cannot be reached it depends on the machine whether it was called for long enough.
        '202': { outcome: 'rejected', afterMs: 60 },
        '203': { outcome: 'answered', afterMs: 60, talkMs: 200 },
      },
    },
  },
  {
    steps: [{ type: 'play', audio: 'hello' }, { type: 'play', audio: 'hello' }, { type: 'hangup' }],
    script: {},
  },
  { steps: [{ type: 'bridge', destination: '204', ringSeconds: 30 }], script: { hangUp: { when: { afterMs: 400 } } } },
] // prettier-ignore

interface Told {
  readonly id: string
  readonly event: (typeof EVENTS)[number]
  readonly callid: string
}

export interface Receiver {
  readonly url: string
  /** What was taken, in the order in which it was. */
  readonly taken: Told[]
  /** Requests while it was down. */
  refused: number
  close(): void
}

/** Up for two thirds of each round; then it refuses, breaks connections or says nothing. `state.up`: for good. */
export async function openReceiver(state: { up: boolean }, dead = false): Promise<Receiver> {
  const began = Date.now()
  const receiver = { taken: [] as Told[], refused: 0 }
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const at = Date.now() - began
      const down = dead || (!state.up && at % ROUND_MS > (ROUND_MS * 2) / 3)
      if (!down) {
        receiver.taken.push(JSON.parse(Buffer.concat(chunks).toString()) as Told)
        response.writeHead(204).end()
        return
      }
      receiver.refused++
      const way = Math.floor(at / ROUND_MS) % 3
      if (way === 0) response.writeHead(503).end()
      else if (way === 1) request.socket.destroy()
      // Or no answer at all.
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  })
}

/** What a call has to be told of. */
export interface Happened {
  readonly result: CallResult
  readonly rings: number
  readonly talked: boolean
  /** A controller did something with the call; of another one, nobody may know. */
  readonly held: boolean
  /** What the stand-in saw of it, for whoever looks into a fault. */
  readonly seen: readonly string[]
}

export async function events({ calls, kills, callers, quietMs = 20_000 }: EventsOptions): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-events-'))
  const state = { up: false }
  const [receiver, dead] = [await openReceiver(state), await openReceiver(state, true)]
  const { controllers, placeAll, close } = await startEventControllers({
    folder,
    url: receiver.url,
    deadUrl: dead.url,
  })
  let verdict: Verdict | undefined
  try {
    const happened: Happened[] = []
    const killing = killInTurn(controllers, kills, () => happened.length < calls)
    await placeAll({ calls, callers, eachDead: EACH_DEAD, onEnd: (one) => void happened.push(one) })
    const killed = await killing
    state.up = true
    const waiting = await settled(controllers, receiver, quietMs)
    const { rows, faults, again } = judgeEvents(happened, receiver)
    verdict = {
      title: `events: ${happened.length} calls, receivers down a third of the time`,
      rows: [
        figure('controllers killed, and processes for events', `${killed.controllers} / ${killed.processes}`),
        figure(
          'events taken, and requests refused meanwhile',
          `${receiver.taken.length} / ${receiver.refused}`,
        ),
        ...rows,
        figure('events that came again, with the same id', again),
        none('events that a dead customer took', dead.taken.length),
        figure('events that wait for the dead customer', waiting),
      ],
      faults,
    }
    return verdict
  } finally {
    await close()
    receiver.close()
    dead.close()
    if (verdict !== undefined && isKept(verdict)) removeFolder(folder)
    else console.log(`logs, journal and events: ${folder}`)
  }
}

export interface EventControllers {
  readonly controllers: readonly ControllerProcess[]
  placeAll(placing: Omit<Placing, 'targets' | 'freeswitch'>): Promise<void>
  close(): Promise<void>
}

/** Controllers that share the data in `folder`, with a FreeSWITCH that reports ends; their documents tell `url` of everything, or `deadUrl`. */
export async function startEventControllers({
  folder,
  url,
  deadUrl = url,
  timeoutSeconds = 1,
}: {
  readonly folder: string
  readonly url: string
  readonly deadUrl?: string
  /** Of the receivers. */
  readonly timeoutSeconds?: number
}): Promise<EventControllers> {
  const group = createProcessGroup()
  const freeswitch = await fakeFreeSwitch({ password: PASSWORD })
  const documents = {
    honest: documentWith({ url, timeoutSeconds }, kinds.map(({ steps }, index) => ({ number: did(index), steps }))),
    dead: documentWith({ url: deadUrl, timeoutSeconds }, [{ number: DEAD, steps: [{ type: 'hangup' }] }]),
  } // prettier-ignore
  const ports = await steadyPorts(2 * CONTROLLERS)
  const targets = Array.from({ length: CONTROLLERS }, (_, i) => ({
    host: '127.0.0.1',
    port: ports[2 * i + 1]!,
  }))
  const controllers = await Promise.all(
    targets.map((esl, i) =>
      startControllerProcess({
        ...{ folder: join(folder, String(i)), run: group.run, apiPort: ports[2 * i]!, documents },
        config: {
          ...{ defaultCountry: 'NL', log: 'info', data: join(folder, 'data'), esl },
          routes: [{ match: '^2\\d\\d$', dial: 'user/{destination}@belplan.test' }],
          webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] },
          freeswitch: { host: '127.0.0.1', port: freeswitch.port, password: PASSWORD },
        },
      }),
    ),
  )
  return {
    controllers,
    placeAll: (placing) => placeAll({ ...placing, targets, freeswitch }),
    async close() {
      await group.end()
      await freeswitch.close()
    },
  }
}

function documentWith(
  { url, timeoutSeconds }: { readonly url: string; readonly timeoutSeconds: number },
  plans: readonly { number: string; steps: readonly object[] }[],
): object {
  return {
    audio: { hello: 'tone_stream://%(200,0,600)' },
    webhooks: { crm: { urlTemplate: url, timeoutSeconds } },
    events: Object.fromEntries(EVENTS.map((event) => [event, 'crm'])),
    plans: Object.fromEntries(plans.map(({ number, steps }, i) => [`p${i}`, { numbers: [number], steps }])),
  }
}

interface Placing {
  readonly calls: number
  readonly callers: number
  /** Every so many is to the dead customer. */
  readonly eachDead?: number
  readonly targets: readonly { host: string; port: number }[]
  readonly onEnd: (one: Happened) => void
  readonly freeswitch: Awaited<ReturnType<typeof fakeFreeSwitch>>
}

async function placeAll({ calls, callers, eachDead, targets, onEnd, freeswitch }: Placing): Promise<void> {
  let next = 0
  async function one(caller: number): Promise<void> {
    while (next < calls) {
      const index = next++
      const isDead = eachDead !== undefined && index % eachDead === eachDead - 1
      const { script } = kinds[index % kinds.length]!
      let rings = 0
      let held = false
      const seen: string[] = []
      let talkedAtMs: number | undefined
      const observe = (entry: TimelineEntry) => {
        if (entry.type === 'application' && entry.name === 'bridge') rings++
        if (['connected', 'unreachable', 'application', 'controllerGone', 'hangUp'].includes(entry.type))
          seen.push(
            `${entry.at} ${entry.type} ${'name' in entry ? entry.name : 'port' in entry ? entry.port : ''}`,
          )
        if (entry.type === 'application' || entry.type === 'set') held = true
        if (entry.type === 'bridge' && entry.disposition === 'SUCCESS') talkedAtMs = Date.now()
      }
      const result = await placeCall(targets.map((_, i) => targets[(i + caller) % targets.length]!), {
        ...(isDead ? {} : script),
        ...{ did: isDead ? DEAD : did(index % kinds.length), caller: `+316${10_000_000 + index}`, domain: 'belplan.test' },
        ...{ observe, tickMs: 5, audioMs: 150 },
      }) // prettier-ignore
      // Before it is waited for: whoever sees the end may tell of it at once.
      if (!isDead) onEnd({ result, rings, talked: result.ended === 'talked', held, seen })
      await freeswitch.event(endOf(result, talkedAtMs))
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => one(caller)))
}

/** CHANNEL_HANGUP_COMPLETE as the inbound link gets it. */
function endOf({ id, cause = 'NORMAL_CLEARING', variables, answered }: CallResult, talkedAtMs?: number) {
  const { belplan_ckpt, belplan_node, originate_disposition, ...rest } = variables
  const now = Date.now() * 1000
  // As the checkpoint has it, which belongs to no other profile.
  const created = belplan_ckpt === undefined ? now : parseInt(belplan_ckpt.split('~')[2]!, 36)
  return {
    ...{ 'Event-Name': 'CHANNEL_HANGUP_COMPLETE', 'Unique-ID': id, 'Hangup-Cause': cause },
    'Caller-Caller-ID-Number': rest['sip_from_user'] ?? '',
    'Caller-Destination-Number': rest['sip_to_user'] ?? '',
    'Caller-Profile-Created-Time': String(created),
    'Caller-Channel-Created-Time': String(created),
    'Caller-Channel-Answered-Time': answered ? String(created) : '0',
    'Caller-Channel-Bridged-Time': talkedAtMs === undefined ? '0' : String(talkedAtMs * 1000),
    'Caller-Channel-Hangup-Time': String(now),
    variable_domain_name: 'belplan.test',
    ...(belplan_ckpt !== undefined && { variable_belplan_ckpt: belplan_ckpt }),
    ...(originate_disposition !== undefined && {
      variable_originate_disposition: originate_disposition,
    }),
    ...(belplan_node !== undefined && { variable_belplan_node: belplan_node }),
  }
}

interface Killed {
  readonly controllers: number
  readonly processes: number
}

/** One controller at a time, and now and then the process that has its events. */
async function killInTurn(
  controllers: readonly ControllerProcess[],
  kills: number,
  goesOn: () => boolean,
): Promise<Killed> {
  let processes = 0
  for (let kill = 0; kill < kills; kill++) {
    await delay(BETWEEN_KILLS_MS)
    if (!goesOn()) return { controllers: kill, processes }
    const controller = controllers[kill % controllers.length]!
    if (kill % 4 === 3) {
      for (const pid of childrenOf(controllers[(kill + 1) % controllers.length]!.pid)) {
        process.kill(pid, 'SIGKILL')
        processes++
      }
    }
    await controller.end('SIGKILL')
    await delay(AWAY_MS)
    await controller.start()
  }
  return { controllers: kills, processes }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Resolves when only the dead customer's events wait, with how many those are. */
export async function settled(
  controllers: readonly ControllerProcess[],
  receiver: Receiver,
  quietMs: number,
): Promise<number> {
  let calmMs = Date.now()
  let before = 0
  return until(
    'everything is told',
    async () => {
      const waiting = await sumOf(controllers, 'belplan_events_waiting')
      if (receiver.taken.length !== before) calmMs = Date.now()
      before = receiver.taken.length
      const isQuiet = Date.now() - calmMs > quietMs
      return isQuiet && !Number.isNaN(waiting) ? waiting : undefined
    },
    { withinMs: 600_000, everyMs: 500 },
  )
}

/** Whether what was told is what happened, to each call. */
export function judgeEvents(
  happened: readonly Happened[],
  { taken }: Receiver,
): Pick<Verdict, 'rows' | 'faults'> & { readonly again: number } {
  const told = new Map<string, Told[]>()
  for (const event of taken) told.set(event.callid, [...(told.get(event.callid) ?? []), event])
  const faults: string[] = []
  let [missing, tooMuch, disorder, stuck, again, unheld] = [0, 0, 0, 0, 0, 0]
  for (const { result, rings, talked, held, seen } of happened) {
    const { id, ended } = result
    if (ended === 'stuck' || ended === 'lost' || result.violations.length > 0) stuck++
    const own = told.get(id) ?? []
    const first = own.filter((event, i) => own.findIndex((other) => other.id === event.id) === i)
    again += own.length - first.length
    const count = (event: Told['event']) => first.filter((one) => one.event === event).length
    const wanted = {
      ...{ started: 1, ringing: rings, answered: Number(talked), missed: Number(!talked), ended: 1 },
      // No step of these plans records, or takes messages.
      ...{ recorded: 0, message: 0 },
    }
    if (!held) unheld++
    for (const event of EVENTS) {
      if (!held && own.length === 0) continue
      const [has, wants] = [count(event), wanted[event]]
      if (has === wants) continue
      if (has < wants) missing += wants - has
      else tooMuch += has - wants
      faults.push(`${id} (${ended}): ${has} ${event}, where ${wants} happened; ${seen.join(', ')}`)
    }
    const places = first.map(({ event }) => EVENTS.indexOf(event))
    if (places.some((place, i) => i > 0 && place < places[i - 1]!)) {
      disorder++
      faults.push(`${id}: ${first.map(({ event }) => event).join(', ')}`)
    }
  }
  return {
    rows: [
      none('calls that did not go as they should', stuck),
      figure('callers who hung up before a controller did anything', unheld),
      none('events that were not told', missing),
      none('events of what did not happen', tooMuch),
      none('calls whose events came out of order', disorder),
    ],
    faults,
    again,
  }
}
