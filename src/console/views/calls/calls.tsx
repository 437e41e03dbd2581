/** Calls: `/console/calls` finds them, `/console/calls/ID` is one. */
import type { JSX } from 'preact'
import type { ViewProps } from '../../views.ts'
import { Call } from './call.tsx'
import { Find } from './find.tsx'

export default function Calls({ place: { rest, query } }: ViewProps): JSX.Element {
  return rest === '' ? <Find query={query} /> : <Call key={rest} id={rest} query={query} />
}
