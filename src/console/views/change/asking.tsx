/** That the controller is asked about the text, and why again. */
import type { JSX } from 'preact'
import type { ApiFault } from '../../api/client.ts'
import { changeWords } from '../../words/change.ts'

export function Asking({
  doing,
  fault,
}: {
  /** What it does where nothing is wrong. */
  readonly doing: string
  readonly fault: ApiFault | undefined
}): JSX.Element {
  const words = changeWords()
  return <span class="quiet">{!fault ? doing : fault.code === 'tooMany' ? words.busy : words.away}</span>
}
