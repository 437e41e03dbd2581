/** What went wrong, in words: by its code in the language of the page, and the API's own message. */
import type { ComponentChildren, JSX } from 'preact'
import type { ApiFault } from '../api/client.ts'
import { frameWords } from '../words/frame.ts'
import { Button } from './button.tsx'

export function FaultNote({
  fault,
  again,
  children,
}: {
  readonly fault: ApiFault
  /** What a button does that tries it again. */
  readonly again?: () => void
  readonly children?: ComponentChildren
}): JSX.Element {
  return (
    <div class="note bad" role="alert">
      <p>
        <strong>{frameWords().faults[fault.code]}</strong>
      </p>
      {fault.message && <p class="said">{fault.message}</p>}
      {children}
      {again && <Button onClick={again}>{frameWords().tryAgain}</Button>}
    </div>
  )
}
