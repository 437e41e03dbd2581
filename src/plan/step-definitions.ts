/** What the definition of a step says about this very step, also where the step may be wrong in any way. */
import { entriesOf, isObject, type JsonObject, objectAt, type Path } from '../json/index.ts'
import type { WalkState } from './state.ts'
import type { CompiledDocument, Named, Ringing, Step, StepDefinition, StepRecord } from './step.ts'
import { definitions } from './steps/index.ts'
import { variablesOf } from './url-template.ts'
import type { Language } from './wording.ts'

export function definitionOf(step: Step): StepDefinition {
  return definitions[step.type]
}

/** Undefined for a type that is not known. */
export function definitionIfKnown(step: object): StepDefinition | undefined {
  const { type } = step as JsonObject
  return typeof type === 'string' && Object.hasOwn(definitions, type)
    ? definitions[type as Step['type']]
    : undefined
}

interface Branch {
  /** Below the step: `['failure']`, `['on', 'busy']`. */
  readonly path: readonly string[]
  /** A list of steps, in a valid step. */
  readonly list: unknown
}

/** The branches that a step has, those of one field in the order of `entries`. */
export function branchesOf(step: object, entries = entriesOf): Branch[] {
  const branches: Branch[] = []
  const fields = definitionIfKnown(step)?.branches
  for (const field in fields) {
    if (fields[field] === 'lists') {
      for (const [key, list] of entries(objectAt(step, field))) branches.push({ path: [field, key], list })
    } else if (fields[field] === 'cases') {
      for (const [i, one] of casesAt(step, field).entries())
        if (isObject(one)) branches.push({ path: [field, String(i), 'steps'], list: one.steps })
    } else if (field in step) branches.push({ path: [field], list: (step as JsonObject)[field] })
  }
  return branches
}

/** A list of cases; empty where it is none. */
function casesAt(step: object, field: string): readonly unknown[] {
  const cases = (step as JsonObject)[field]
  return Array.isArray(cases) ? cases : []
}

/** The names of audio, webhooks, schedules or plans that a step uses, each with its field. */
export function namesIn(step: object, of: Named): [field: string, name: string][] {
  const fields = definitionIfKnown(step)?.names?.[of] ?? []
  return fields.flatMap((field): [string, string][] => {
    const name = (step as JsonObject)[field]
    return typeof name === 'string' ? [[field, name]] : []
  })
}

/** The plan that a step calls; at most one. */
export function calledBy(step: object): string[] {
  const field = definitionIfKnown(step)?.calls
  return namesIn(step, 'plans').flatMap(([at, plan]) => (at === field ? [plan] : []))
}

/** The destinations that a step dials as they are written, each with its path below the step. */
export function destinationsIn(step: object): [path: Path, destination: string][] {
  const field = definitionIfKnown(step)?.destinations
  if (field === undefined) return []
  const written = (step as JsonObject)[field]
  if (!Array.isArray(written)) return typeof written === 'string' ? [[[field], written]] : []
  return written.flatMap((entry: unknown, i): [Path, string][] => {
    const at = isObject(entry) ? [field, i, 'to'] : [field, i]
    const destination = isObject(entry) ? entry.to : entry
    return typeof destination === 'string' ? [[at, destination]] : []
  })
}

/** The variables that steps and URLs of a document use. */
export function usedVariables({ document, steps }: Pick<CompiledDocument, 'document' | 'steps'>): string[] {
  const urls = Object.values(document.webhooks).flatMap(variablesOf)
  return [...new Set([...urls, ...steps.flatMap(({ spec }) => definitionOf(spec).variables?.(spec) ?? [])])]
}

/** The values of each case of a step; none where it has no cases. */
export function valuesOfCases(step: Step): readonly (readonly string[])[] {
  return definitionOf(step).valuesOfCases?.(step) ?? []
}

/** What the step does, in a sentence without its subject. */
export function saysOf(step: Step, language: Language = 'en'): string {
  return definitionOf(step).says(step)[language]
}

/** When a branch is walked, by its path below the step, such as `on/busy`: `when busy`. */
export function saysBranchOf(step: Step, branch: string, language: Language = 'en'): string {
  return definitionOf(step).saysBranch?.(branch, step)[language] ?? branch
}

export interface StepInWords {
  /** A short name of its type, such as `Opening hours`. */
  readonly title: string
  /** What it does, without its subject, such as `plays welcome`. */
  readonly sentence: string
  /** All that it has, also those without steps, in the order in which the document has them. */
  readonly branches: readonly BranchInWords[]
}

interface BranchInWords {
  /** Its path below the step, such as `on/busy`: the step's name, `/`, this, `/` and a number name each of its steps without an `id`. */
  readonly name: string
  /** When it is walked, such as `when busy`. */
  readonly sentence: string
  readonly steps: readonly Step[]
}

/** A step of a valid document, and not what is below it. A compiled one has it as its `spec`. */
export function stepInWords(step: Step, language: Language): StepInWords {
  return {
    title: definitionOf(step).title[language],
    sentence: saysOf(step, language),
    branches: branchesOf(step).map(({ path, list }) => {
      const name = path.join('/')
      return { name, sentence: saysBranchOf(step, name, language), steps: list as readonly Step[] }
    }),
  }
}

/** What metrics count the outcome of a step as. */
export function outcomeLabelOf({ type, outcome }: StepRecord): string {
  return (definitions[type] as StepDefinition).outcomeLabel?.(outcome) ?? outcome
}

/** Whether what the step came to depends on when the call was. */
export function goesByClock({ type }: StepRecord): boolean {
  return (definitions[type] as StepDefinition).hasHours === true
}

/** Whether the time of the step was ringing. */
export function isRinging({ type }: Pick<StepRecord, 'type'>): boolean {
  return (definitions[type] as StepDefinition).rings === true
}

/** What rings where the state says; undefined where nothing does. Codes are masked. */
export function rungAt(document: CompiledDocument, state: WalkState): Ringing | undefined {
  const step = document.steps[state.at]
  return step && definitionOf(step.spec).rung?.(step, { document, state })
}

/** How long was rung in these steps, in milliseconds; undefined where none of them rings. */
export function ringMsOf(records: readonly StepRecord[]): number | undefined {
  const ringing = records.filter(isRinging)
  return ringing.length > 0 ? ringing.reduce((sum, { ms = 0 }) => sum + ms, 0) : undefined
}

/** The optional modules of FreeSWITCH that steps of a document need, by its text as it serves: JSON without blanks. */
export function optionalModulesIn(text: string): string[] {
  return OPTIONAL.flatMap(({ type, modules }) => (text.includes(`"type":"${type}"`) ? modules : []))
}

const OPTIONAL = Object.entries(definitions).flatMap(([type, definition]) => {
  const { optional = [] } = (definition as StepDefinition).freeswitch
  return optional.length > 0 ? [{ type, modules: optional }] : []
})
