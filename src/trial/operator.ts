/** The operator's part in a trial: what may be dialled, and what a document may use. */
import { type Config, grantEntries } from '../config/index.ts'
import { createGrants, type Grants, type PlanSet } from '../plan/index.ts'
import { compileRoute } from '../routing/index.ts'
import type { TrialsOptions } from './trial.ts'

/** Where there is no configuration, every destination can be rung, and every conversation recorded. */
const EVERYWHERE = compileRoute({ match: '.', dial: 'sofia/anywhere/{destination}' })

const ANYWHERE = '/recordings'

/** By the configuration; without a file, as an operator would have it who allows everything. */
export function operatorOf(config: Config, set: PlanSet): Pick<TrialsOptions, 'config' | 'grants'> {
  if (config.file !== undefined)
    return { config, grants: createGrants(grantEntries(config), config.defaultCountry) }
  return { config: { ...config, routes: [EVERYWHERE], recordings: ANYWHERE }, grants: allowingAll(set) }
}

function allowingAll(set: PlanSet): Grants {
  const contexts = new Set(['default'])
  for (const name of set.documents.keys()) {
    for (const { spec } of set.compiled(name)!.steps) if ('context' in spec) contexts.add(spec.context)
  }
  const transferContexts = [...contexts].map((context) => ({ context, extensions: '.*' }))
  const [queues, mailboxes] = [[{ queues: '.*', maxWaiting: 1000 }], [{ mailboxes: '.*' }]]
  return createGrants({ transferContexts, queues, mailboxes, mayRecord: true, env: {} }, undefined)
}
