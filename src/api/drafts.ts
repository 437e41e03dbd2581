/** Requests that bring a draft along in their JSON. */
import { type JsonObject, type Locator, readJson } from '../json/index.ts'
import { DOCUMENT, LONGEST_DOCUMENT } from '../syntax/index.ts'
import { ApiError } from './errors.ts'

/** Such a request is read here, in the event loop, before its draft is checked elsewhere: some milliseconds for so much. */
export const REQUEST_WITH_DRAFT_BYTES = 256 * 1024

/** Throws ApiError `malformed` with what is wrong with the JSON, and where. */
export function readBody(body: Buffer): { readonly value: JsonObject; readonly locator: Locator } {
  const read = readJson(body)
  if (read.value === undefined) throw new ApiError('malformed', 'the body is not as it must be', read.faults)
  return read
}

/** Findings say where in the draft they are as it is laid out here; their pointers hold for any layout. */
export const layOutDraft = (draft: JsonObject): Uint8Array => Buffer.from(JSON.stringify(draft, undefined, 2))

export const isDocumentName = (name: unknown): name is string =>
  typeof name === 'string' && name.length <= LONGEST_DOCUMENT && DOCUMENT.test(name)
