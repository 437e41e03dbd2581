/** Files with the tests of a document: `acme.test.json` beside `acme.json`. */
import {
  closedObject,
  createAjv,
  faultsOf,
  gather,
  locate,
  type LocatedFault,
  type Locator,
  type Report,
  readJson,
} from '../../json/index.ts'
import { scriptProperties, type Given, type ScriptedCall } from '../script.ts'
import { expectSchema, type Expectation } from './expectation.ts'

/** One call that is tried, and what it must come to. */
export interface Case {
  readonly name: string
  readonly call: ScriptedCall
  readonly given: Given
  readonly expect: Expectation
}

interface CaseFile {
  readonly $schema?: string
  readonly version: 1
  readonly cases: readonly Case[]
}

const caseSchema = closedObject<Case>({
  title: 'case',
  description: 'One call that is tried, and what it must come to.',
  properties: {
    name: {
      type: 'string',
      minLength: 1,
      maxLength: 300,
      description: 'What the case shows, as a sentence.',
    },
    ...scriptProperties,
    expect: expectSchema,
  },
  required: ['name', 'call', 'expect'],
})

export const caseFileSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  ...closedObject<CaseFile>({
    title: 'plan tests',
    description: 'Tests of a call plan: `acme.test.json` beside `acme.json`.',
    properties: {
      $schema: { type: 'string', description: 'For editors.' },
      version: { const: 1, default: 1, description: 'Of this format.' },
      cases: { type: 'array', minItems: 1, maxItems: 2000, items: caseSchema },
    },
    required: ['cases'],
  }),
}

const validate = createAjv({
  allErrors: true,
  strictRequired: false,
  allowUnionTypes: true,
}).compile<CaseFile>(caseFileSchema)

type ReadCases =
  | { readonly cases: readonly Case[]; readonly locator: Locator; readonly faults: readonly [] }
  | { readonly cases?: undefined; readonly faults: readonly LocatedFault[] }

/** Reads a file of cases, or why there is none; defaults filled in. Never throws: what is wrong with it is in `faults`. */
export function readCases(contents: Uint8Array | string): ReadCases {
  if (typeof contents === 'string')
    return { faults: [{ line: 1, column: 1, pointer: '', message: contents }] }
  const read = readJson(contents)
  if (read.value === undefined) return { faults: read.faults }
  const { value, locator } = read
  if (!validate(value)) {
    const { faults } = gather((report) => {
      for (const { path, message, onKey } of faultsOf(validate.errors ?? [])) report(path, message, onKey)
    })
    return { faults: locate(faults, locator) }
  }
  const { faults } = gather((report) => sameNames(value.cases, report))
  return faults.length > 0 ? { faults: locate(faults, locator) } : { cases: value.cases, locator, faults: [] }
}

/** Cases are found and told apart by their names. */
function sameNames(cases: readonly Case[], report: Report): void {
  const known = new Map<string, number>()
  for (const [i, { name }] of cases.entries()) {
    const first = known.get(name)
    if (first !== undefined) report(['cases', i, 'name'], `is the name of case ${first + 1} already`)
    else known.set(name, i)
  }
}
