/** Names of a document in scripts and cases: one that is misspelled would never be asked, heard or found. */
import { type Path, suggest } from '../json/index.ts'
import type { CompiledDocument, PlanSet } from '../plan/index.ts'
import type { Expectation } from './cases/expectation.ts'
import type { Given, TrialScript } from './script.ts'

export interface UnknownName {
  /** Below the case or the script. */
  readonly path: Path
  /** It is the key there. */
  readonly onKey: boolean
  readonly message: string
}

/** Those in a script that the document does not have which the call leads to; none where it leads to no plan. */
export function unknownNamesOf({ call, given }: TrialScript, set: PlanSet): UnknownName[] {
  const { document } = set.find(call.did, call.domain)
  return document === undefined ? [] : unknownNames(given, {}, set.compiled(document)!)
}

/** The names that the document does not have. */
export function unknownNames(
  given: Given,
  { plan, asks = [], hears = [] }: Expectation,
  { document }: CompiledDocument,
): UnknownName[] {
  const { webhooks, audio, plans } = document
  const asked = asks.flatMap((request, i) => {
    const path = ['expect', 'asks', i]
    return typeof request === 'string' ? valueAt(path, request) : keysOf(path, request)
  })
  return [
    ...unknown('webhook', webhooks, [...keysOf(['given', 'webhooks'], given.webhooks), ...asked]),
    ...unknown('audio', audio, [
      ...keysOf(['given', 'audioSeconds'], given.audioSeconds),
      ...hears.map((name, i) => valueAt(['expect', 'hears', i], name)),
    ]),
    ...unknown('plan', plans, plan === undefined ? [] : [valueAt(['expect', 'plan'], plan)]),
  ]
}

interface Named {
  readonly path: Path
  readonly name: string
  readonly onKey: boolean
}

const keysOf = (path: Path, named: object): Named[] =>
  Object.keys(named).map((name) => ({ path: [...path, name], name, onKey: true }))

const valueAt = (path: Path, name: string): Named => ({ path, name, onKey: false })

function unknown(what: string, known: object, named: readonly Named[]): UnknownName[] {
  const names = Object.keys(known)
  return named
    .filter(({ name }) => !Object.hasOwn(known, name))
    .map(({ path, name, onKey }) => ({
      ...{ path, onKey },
      message: `the document has no ${what} ${JSON.stringify(name)}${suggest(name, names)}`,
    }))
}
