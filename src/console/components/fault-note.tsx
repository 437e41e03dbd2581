/** What went wrong, in words: by its code in the language of the page, and the API's own message. */
import type { ComponentChildren, JSX } from 'preact'
import type { ApiFault } from '../api/client.ts'
import { frameWords } from '../words/frame.ts'

export function FaultNote({
  fault,
  children,
}: {
  fault: ApiFault
  children?: ComponentChildren
}): JSX.Element {
  return (
    <div class="note bad" role="alert">
      <p>
        <strong>{frameWords().faults[fault.code]}</strong>
      </p>
      {fault.message && <p class="said">{fault.message}</p>}
      {children}
    </div>
  )
}
