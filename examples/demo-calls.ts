/** The calls of `npm run demo`, each with its expected result. */
import type { CallResult, CallScript } from '../src/simulator/index.ts'

export interface DemoCall {
  readonly title: string
  readonly script: CallScript
  /** What went wrong, or undefined; `requests` are those that the webhook server received. */
  readonly expect: (result: CallResult, requests: readonly string[]) => string | undefined
}

const jane = '+31612345678'
const answered = { outcome: 'answered', afterMs: 3000, talkMs: 20_000 } as const

export const demoCalls: readonly DemoCall[] = [
  {
    title: "The caller's name from a CRM: it knows the caller, and who looks after them.",
    script: { did: '0502100000', caller: jane, answers: { '217': answered } },
    expect: (result) => reached(result, '217') ?? showed(result, 'Jane Doe, ACME BV', jane),
  },
  {
    title:
      'A webhook that fails: the CRM is down, so the telephones ring with a question mark before the name.',
    script: { did: '+31502100000', caller: '+31612345699', name: 'Piet', answers: { '216': answered } },
    expect: (result) => reached(result, '216') ?? showed(result, '? Piet', '+31612345699'),
  },
  {
    title: 'A VIP code for a fault line: wrong at first, right the second time.',
    script: { did: '+31502100060', caller: jane, digits: ['1111#', '2468#'], answers: { '217': answered } },
    expect: (result) => reached(result, '217') ?? showed(result, 'ACME BV, contract 17', '+31502100060'),
  },
  {
    title: 'An unanswered call that falls through: nobody picks up, and a webhook names somebody else.',
    script: { did: '31502100051', caller: jane, answers: { '216': answered } },
    expect: (result) => reached(result, '216'),
  },
  {
    title: 'A missed call: the caller gives up while it rings, and the owner gets a message.',
    script: { did: '+31502100050', caller: jane, hangUp: { when: 'ringing' } },
    expect: (result, requests) => {
      if (result.answered) return 'the call was answered'
      return requests.some((request) => request.startsWith('POST /missed')) ? undefined : 'nobody was told'
    },
  },
  {
    title: 'Campaign measuring: the webhook counts, and the call goes on to the company.',
    script: { did: '+31502100040', caller: jane, answers: { '+31502102544': answered } },
    expect: (result, requests) =>
      result.ended === 'talked'
        ? requests.some((request) => request.includes('/count'))
          ? undefined
          : 'nothing was counted'
        : 'nobody was reached',
  },
]

function reached({ ended, invites }: CallResult, destination: string): string | undefined {
  if (ended !== 'talked') return `nobody was reached: ${ended}`
  return invites.some((invite) => invite.destination.startsWith(destination))
    ? undefined
    : `${destination} was not called`
}

function showed({ invites }: CallResult, name: string, number: string): string | undefined {
  const seen = invites.at(-1)
  if (seen?.name === name && seen.number === number) return undefined
  return `the telephone showed ${JSON.stringify(seen?.name)} ${JSON.stringify(seen?.number)} instead of ${name} ${number}`
}
