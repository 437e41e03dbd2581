export {
  MOST_FINDINGS,
  entriesOf,
  gather,
  isObject,
  objectAt,
  pathOf,
  pointerOf,
  type Fault,
  type Gathered,
  type JsonObject,
  type Path,
  type Report,
} from './fault.ts'
export { MOST_LEVELS, readJson } from './json.ts'
export { createLocator, type Locator, type Position } from './locate.ts'
export { allowed, oneOf, suggest } from './nearest.ts'
