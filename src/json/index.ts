export {
  MOST_FINDINGS,
  entriesOf,
  gather,
  isObject,
  objectAt,
  pointerOf,
  type Fault,
  type Gathered,
  type JsonObject,
  type Path,
  type Report,
} from './fault.ts'
export { readJson } from './json.ts'
export { createLocator, locate, type LocatedFault, type Locator, type Position } from './locate.ts'
export { oneOf, suggest } from './nearest.ts'
export { objectSchema, type JsonSchema, type ObjectSchema } from './schema.ts'
export { createAjv, faultsOf, type Check, type Otherwise } from './schema-faults.ts'
