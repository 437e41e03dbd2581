/** Errors in how digits are entered, of a webhook's `ivr` and of the `ivr` step. */
import type { JsonObject, Path, Report } from './fault.ts'
import { suggest } from './nearest.ts'

/** `audio`: the names there are. */
export function messageErrors(entry: JsonObject, path: Path, audio: readonly string[], report: Report): void {
  for (const field of ['startMessage', 'errorMessage', 'timeoutMessage']) {
    const name = entry[field]
    if (typeof name === 'string' && !audio.includes(name)) {
      report([...path, field], `audio "${name}" is not in "audio"${suggest(name, audio)}`)
    }
  }
}

/** A field that is absent counts with the schema's default. */
export function digitErrors(entry: JsonObject, path: Path, report: Report): void {
  const { minDigits = 1, maxDigits = 20 } = entry
  if (typeof minDigits !== 'number' || typeof maxDigits !== 'number' || minDigits <= maxDigits) return
  const field = 'minDigits' in entry ? 'minDigits' : 'maxDigits'
  const message = `minDigits is ${minDigits} and maxDigits ${maxDigits}, so no entry can be right`
  report([...path, field], `${message}; write a minDigits of ${maxDigits} or less`)
}
