/** Trials of a document that a test writes. The operator rings three digits at `{domain}`, and numbers in the Netherlands by a carrier. */
import { expect } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'
import { createGrants, loadDraft, planSetOf, type PlanSet } from '../../src/plan/index.ts'
import { compileRoute } from '../../src/routing/index.ts'
import {
  createTrials,
  type TrialReport,
  type TrialScript,
  type TrialsOptions,
} from '../../src/trial/index.ts'

export const did = '+31502100000'

const { limits, webhooks } = parseConfig('defaults', Buffer.from('{}'), {})

export const operator: Pick<TrialsOptions, 'config' | 'grants'> = {
  config: {
    ...{
      limits,
      webhooks,
      defaultCountry: 'NL',
      noPlanCause: 'UNALLOCATED_NUMBER',
      recordings: '/recordings',
    },
    routes: [
      { match: '^0900|^\\+31900', deny: 'premium' },
      { match: '^\\d{3}$', dial: 'user/{destination}@{domain}' },
      { match: '^\\+31(\\d{9})$', dial: 'sofia/gateway/carrier/0{1}' },
    ].map(compileRoute),
  },
  grants: createGrants(
    {
      transferContexts: [{ context: 'default', extensions: '\\d{4}' }],
      queues: [{ queues: 'narrow', maxWaiting: 2 }, { queues: '[a-z]+' }],
      mailboxes: [{ mailboxes: '2\\d\\d' }],
      env: {},
    },
    'NL',
  ),
}

/** A set with one document, `acme`, whose plan `main` is found by `did`. */
export async function setOf(document: object): Promise<PlanSet> {
  const loaded = await loadDraft('acme', 'acme.json', Buffer.from(JSON.stringify(document)), {
    defaultCountry: 'NL',
  })
  expect(loaded.errors).toEqual([])
  return planSetOf(loaded, 'NL')
}

export interface Tried {
  readonly steps: readonly object[]
  /** Of the document, besides its plan. */
  readonly document?: object
  readonly call?: Partial<TrialScript['call']>
  readonly given?: Partial<TrialScript['given']>
  readonly ask?: TrialsOptions['ask']
}

export async function tryCall({ steps, document, call, given, ask }: Tried): Promise<TrialReport> {
  const set = await setOf({ ...document, plans: { main: { numbers: [did], steps } } })
  return createTrials({ ...operator, version: '1.2.3', ...(ask && { ask }) }).run(script(call, given), set)
}

export const script = (
  call: Partial<TrialScript['call']> = {},
  given: Partial<TrialScript['given']> = {},
): TrialScript => ({
  call: { did, callerid: '+31612345678', callername: '', withheld: false, domain: 'acme.example', ...call },
  given: {
    digits: [],
    webhooks: {},
    destinations: {},
    queues: {},
    mailboxes: {},
    audioSeconds: {},
    ...given,
  },
})
