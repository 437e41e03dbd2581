export {
  MOST_FINDINGS,
  gather,
  pointerOf,
  type Fault,
  type Gathered,
  type Path,
  type Report,
} from './fault.ts'
export { layOut } from './layout.ts'
export {
  createLocator,
  locate,
  type LocatedFault,
  type Locator,
  type Place,
  type Position,
} from './locate.ts'
export { entriesOf, isObject, objectAt, type JsonObject } from './object.ts'
export { readJson } from './read-json.ts'
export { closedObject, type JsonSchema, type ObjectSchema } from './schema.ts'
export { createAjv, faultsOf, type Check, type Otherwise } from './schema-faults.ts'
export { nearest, oneOf, suggest } from './suggest.ts'
