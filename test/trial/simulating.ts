/** Trials of the calls of `arbitraries.ts`. */
import { parseConfig } from '../../src/config/parse.ts'
import { grantEntries } from '../../src/config/plan-options.ts'
import { createGrants, planSetOf, type PlanSet } from '../../src/plan/index.ts'
import { createChecker, type ValidDocument } from '../../src/plan/loading/check-document.ts'
import { compileRoute } from '../../src/routing/index.ts'
import { createTrials, type TrialReport } from '../../src/trial/index.ts'
import { ENVIRONMENT, OPERATOR, type Case } from './arbitraries.ts'

export interface Simulating {
  /** The document alone. Throws where it does not validate. */
  setOf(document: string, played: Case): PlanSet
  run(played: Case, set: PlanSet): Promise<TrialReport>
}

/** The configuration for documents of these names. */
export function configurationFor(documents: readonly string[]) {
  const env = Object.fromEntries(documents.map((name) => [name, Object.keys(ENVIRONMENT)]))
  return { ...OPERATOR, webhooks: { ...OPERATOR.webhooks, env } }
}

export function createSimulating(documents: readonly string[]): Simulating {
  const text = Buffer.from(JSON.stringify(configurationFor(documents)))
  const { routes, checkpointSecret: _, ...config } = parseConfig('belplan.json', text, ENVIRONMENT)
  const { defaultCountry } = config
  const entries = grantEntries(config)
  const trials = createTrials({
    config: { ...config, routes: routes.map(compileRoute) },
    grants: createGrants(entries, defaultCountry),
    version: '1.2.3',
  })
  // One for all: it is slow to make.
  const checker = createChecker({
    ...(defaultCountry !== undefined && { defaultCountry }),
    ...{ grants: entries, envIsSet: () => true },
  })
  return {
    setOf(document, played) {
      const bytes = Buffer.from(JSON.stringify(played.document))
      const checked = checker.check(document, `${document}.json`, bytes)
      if (checked.errors.length > 0) throw new Error(JSON.stringify(checked.errors))
      return planSetOf({ documents: [checked as ValidDocument], revision: '5f0c3a9be214' }, defaultCountry)
    },
    run: (played, set) => trials.run(played, set),
  }
}
