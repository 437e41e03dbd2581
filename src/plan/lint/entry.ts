/** Errors in names of audio, webhooks and plans, and in how digits are entered: of a webhook and of steps. */
import { LONGEST_NAME } from './caps.ts'
import { entriesOf, type JsonObject, objectAt, type Path, type Report, suggest } from '../../json/index.ts'

/** The names that `audio`, `webhooks` or `plans` of a document defines. */
export function namesIn(document: JsonObject, field: string): ReadonlySet<string> {
  return new Set(entriesOf(objectAt(document, field)).map(([key]) => key))
}

/** `holder[field]` must be one of `names`, which are those of the document's `of`. */
export function nameError(
  holder: JsonObject,
  field: string,
  path: Path,
  of: string,
  names: ReadonlySet<string>,
  report: Report,
): void {
  const name = holder[field]
  // What is too long for any name the schema reports.
  if (typeof name !== 'string' || name.length > LONGEST_NAME || names.has(name)) return
  const kind = of === 'audio' ? 'audio' : of.slice(0, -1)
  report([...path, field], `${kind} "${name}" is not in "${of}"${suggest(name, [...names])}`)
}

/** `audio`: the names there are. */
export function messageErrors(
  entry: JsonObject,
  path: Path,
  audio: ReadonlySet<string>,
  report: Report,
): void {
  for (const field of ['startMessage', 'errorMessage', 'timeoutMessage'])
    nameError(entry, field, path, 'audio', audio, report)
}

/** A field that is absent counts with the schema's default. */
export function digitErrors(entry: JsonObject, path: Path, report: Report): void {
  const { minDigits = 1, maxDigits = 20 } = entry
  if (typeof minDigits !== 'number' || typeof maxDigits !== 'number' || minDigits <= maxDigits) return
  const field = 'minDigits' in entry ? 'minDigits' : 'maxDigits'
  const message = `minDigits is ${minDigits} and maxDigits ${maxDigits}, so no entry can be right`
  report([...path, field], `${message}; write a minDigits of ${maxDigits} or less`)
}
