/** Calls: `/console/calls` finds them, `/console/calls/ID` is one. */
import type { JSX } from 'preact'
import { useFocusOnPage } from '../../focus.ts'
import { useTitle } from '../../title.ts'
import type { ViewProps } from '../../views.ts'
import { frameWords } from '../../words/frame.ts'
import { Call } from './call.tsx'
import { Find } from './find.tsx'

export default function Calls({ place: { rest, query } }: ViewProps): JSX.Element {
  const title = frameWords().views.calls
  // A call has a title of its own.
  useTitle(rest === '' ? title : undefined)
  useFocusOnPage(rest)
  return rest === '' ? <Find query={query} /> : <Call key={rest} id={rest} query={query} />
}
