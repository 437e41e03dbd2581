import { type JsonObject, objectAt, type Path, type Report } from '../../json/index.ts'
import { QUEUE } from '../../syntax/index.ts'
import type { QueueOutcome } from '../call-control.ts'
import { claimErrorsOf, queueGrant } from '../grants.ts'
import { id, note, outcomesField, stepList, stepSchema } from '../schema-parts.ts'
import { type Around, AUDIO, END, shownAt, type Step, type StepBase, type StepDefinition } from '../step.ts'
import { NOTHING, seconden, type Wording } from '../wording.ts'

/** Outcomes that a plan can have a branch for: a caller who talked to an agent is through with the plan. */
type UnansweredOutcome = Exclude<QueueOutcome, 'answered'>

/** Puts the caller into a queue of FreeSWITCH's mod_callcenter. While they wait no controller holds the call. */
export interface QueueStep extends StepBase {
  readonly type: 'queue'
  readonly queue: string
  /** Absent: as long as the queue lets them wait. */
  readonly maxWaitSeconds?: number
  /** Leaves the queue; without it no key does. */
  readonly exitKey?: string
  readonly on?: { readonly [K in UnansweredOutcome]?: readonly Step[] }
}

const outcomes = {
  full: stepList('When full', 'As many wait already as the operator allows.'),
  timeout: stepList(
    'When it takes too long',
    'No agent answered within `maxWaitSeconds`, or within the time of the queue itself.',
  ),
  noAgents: stepList(
    'When there are no agents',
    'No agent is logged in, and the queue does not let callers wait for one.',
  ),
  exitKey: stepList('When the caller leaves', 'The caller keyed `exitKey`.'),
  failed: stepList('When it fails', 'FreeSWITCH has no such queue, or the operator does not allow it.'),
} satisfies Record<UnansweredOutcome, unknown>

const WHEN: Readonly<Record<UnansweredOutcome, Wording>> = {
  full: { en: 'when the queue is full', nl: 'als de wachtrij vol is' },
  timeout: { en: 'when no agent answers in time', nl: 'als geen medewerker op tijd opneemt' },
  noAgents: { en: 'when there are no agents', nl: 'als er geen medewerkers zijn aangemeld' },
  exitKey: { en: 'when the caller leaves the queue', nl: 'als de beller de wachtrij verlaat' },
  failed: { en: 'when it fails', nl: 'als het mislukt' },
}

/** What an unanswered call ends with where the plan names no other cause. */
const CAUSES: Readonly<Record<UnansweredOutcome, string>> = {
  full: 'USER_BUSY',
  timeout: 'NO_ANSWER',
  noAgents: 'NO_ANSWER',
  exitKey: 'NO_ANSWER',
  failed: 'NORMAL_TEMPORARY_FAILURE',
}

export const queue: StepDefinition<QueueStep> = {
  schema: stepSchema<QueueStep>({
    title: 'queue',
    description:
      'Puts the caller into a queue. When an agent answers, the parties talk and the call is over when they are done; otherwise the walk goes on.',
    properties: {
      id,
      queue: {
        type: 'string',
        pattern: QUEUE.source,
        otherwise: (value: string) =>
          `${value} is no queue; write a name such as "sales" or "sales@acme.example"`,
        title: 'Queue',
        examples: ['sales'],
        description: 'The queue of mod_callcenter, one that the operator allows.',
      },
      maxWaitSeconds: {
        type: 'integer',
        minimum: 1,
        maximum: 86_400,
        title: 'Seconds to wait',
        examples: [120],
        description: 'How long the caller waits at most. Default: as long as the queue itself lets them.',
      },
      exitKey: {
        type: 'string',
        pattern: '^[0-9*#]$',
        otherwise: (value: string) => `${value} is no key; write one digit, * or #`,
        title: 'Exit key',
        examples: ['1'],
        description: 'The key by which the caller leaves the queue. Default: none.',
      },
      note,
      on: outcomesField(outcomes, [{ timeout: [{ type: 'play', audio: 'later' }] }]),
    },
    required: ['queue'],
  }),
  example: {
    type: 'queue',
    queue: 'sales',
    maxWaitSeconds: 120,
    exitKey: '1',
    on: { exitKey: [{ type: 'bridge', destination: '215' }] },
  },
  title: { en: 'Queue', nl: 'Wachtrij' },
  says({ queue: name, maxWaitSeconds: most, exitKey }) {
    const longest =
      most === undefined
        ? NOTHING
        : { en: `, for at most ${most} s`, nl: `, voor hoogstens ${seconden(most)}` }
    const leaves =
      exitKey === undefined
        ? NOTHING
        : { en: `, which ${exitKey} leaves`, nl: `, te verlaten met toets ${exitKey}` }
    return {
      en: `puts the caller into the queue ${name}${longest.en}${leaves.en}`,
      nl: `zet de beller in de wachtrij ${name}${longest.nl}${leaves.nl}`,
    }
  },
  saysBranch: (branch) => WHEN[branch.slice('on/'.length) as UnansweredOutcome],
  freeswitch: { applications: ['callcenter'], modules: ['mod_callcenter'], optional: ['mod_callcenter'] },
  branches: { on: 'lists' },
  errors,
  claimErrors: claimErrorsOf({
    field: 'queue',
    pattern: QUEUE,
    key: 'queues',
    grantOf: (name, { queues }) => queueGrant(name, queues),
  }),
  // A caller whom an agent answers is through.
  leadsTo: ({ branches, next }) => [
    END,
    ...Object.keys(outcomes).map((outcome) => branches[`on/${outcome}`] ?? next),
  ],
  // Callers who wait hear the queue's music and its announcements.
  stretches: () => [AUDIO],
  answers: () => true,
  async run(step, { call, state }) {
    const { queue: name, maxWaitSeconds, exitKey } = step.spec
    const result = await call.queue({
      queue: name,
      exitKey,
      maxWaitMs: maxWaitSeconds === undefined ? undefined : maxWaitSeconds * 1000,
      shown: shownAt(step, state),
      ...(state.recording && { record: true }),
    })
    if (result === 'gone') return { go: 'gone', details: { queue: name } }
    if (result === 'waiting') return { go: 'wait', outcome: 'waiting', details: { queue: name } }
    const { outcome, ...more } = result
    const details = { queue: name, ...more }
    if (outcome === 'answered') return { go: 'end', ending: 'talked', outcome, details }
    state.lastCause = CAUSES[outcome]
    return { go: 'branch', branch: `on/${outcome}`, outcome, details }
  },
}

function errors(step: JsonObject, path: Path, _: Around, report: Report): void {
  if ('exitKey' in objectAt(step, 'on') && step.exitKey === undefined)
    report(
      [...path, 'on', 'exitKey'],
      'no key leaves this queue; give the step an "exitKey" such as "1", or take this out',
      true,
    )
}
