/** The JSON Schema of plans at work: fills in defaults and reports what is wrong. */
import type { Ajv, ValidateFunction } from 'ajv'
import { annotatedPlanSchema } from '../schema.ts'
import { createAjv, faultsOf, type JsonObject, type Report } from '../../json/index.ts'
import { piecesOf, type Piece } from './pieces.ts'

export interface Validator {
  /** Whether a document is valid; fills in its defaults in place. */
  validate(document: unknown): boolean
  /** Reports what is wrong with one that is not. Its size must be within the caps. */
  explain(document: JsonObject, report: Report): void
}

/** Compiling takes some 15 ms: once per process. */
export function createValidator(): Validator {
  const first = planAjv(false).compile(annotatedPlanSchema)
  let all: Ajv | undefined
  return {
    validate: (document) => first(document),
    explain(document, report) {
      if (all === undefined) (all = planAjv(true)).addSchema(annotatedPlanSchema, SCHEMA)
      for (const { as, value, path } of piecesOf(document)) {
        const validate = all.getSchema(REFERENCES[as]) as ValidateFunction
        if (validate(value)) continue
        for (const fault of faultsOf(validate.errors ?? []))
          report([...path, ...fault.path], fault.message, fault.onKey)
      }
    },
  }
}

const SCHEMA = 'plan'
const REFERENCES: Readonly<Record<Piece['as'], string>> = {
  document: SCHEMA,
  webhook: `${SCHEMA}#/$defs/webhook`,
  plan: `${SCHEMA}#/$defs/plan`,
  step: `${SCHEMA}#/$defs/step`,
}

// `type` is required beside `oneOf`, and a property of each branch: strictRequired would refuse that.
const planAjv = (allErrors: boolean) => createAjv({ allErrors, discriminator: true, strictRequired: false })
