export {
  bareNumber,
  countryOf,
  dialledForms,
  isCountry,
  prefixInE164,
  rememberedE164,
  toE164,
  type E164Of,
} from './e164.ts'
export { personOf } from './person.ts'
export { explain, type Explanation } from './explain.ts'
export { createNumberIndex, patternKey, type Includes, type NumberIndex } from './number-index.ts'
export {
  doubtOf,
  entryOf,
  isDeadNational,
  isInternal,
  isStub,
  readNumberPattern,
  type NumberPattern,
} from './number-pattern.ts'
