/** Calls: `/console/calls` finds them, `/console/calls/ID` is one. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useTitle } from '../../title.ts'
import type { ViewProps } from '../../views.ts'
import { frameWords } from '../../words/frame.ts'
import { Call } from './call.tsx'
import { Find } from './find.tsx'

export default function Calls({ place: { rest, query } }: ViewProps): JSX.Element {
  const title = frameWords().views.calls
  const before = useRef(rest)
  // A call has a title of its own.
  useTitle(rest === '' ? title : undefined)
  useEffect(() => {
    if (before.current !== rest) document.getElementById('content')?.focus()
    before.current = rest
  }, [rest])
  return rest === '' ? <Find query={query} /> : <Call key={rest} id={rest} query={query} />
}
