/** Calls: `/console/calls` finds them, `/console/calls/ID` is one. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { ViewProps } from '../../views.ts'
import { frameWords } from '../../words/frame.ts'
import { Call } from './call.tsx'
import { Find } from './find.tsx'

export default function Calls({ place: { rest, query } }: ViewProps): JSX.Element {
  const title = frameWords().views.calls
  const before = useRef(rest)
  useEffect(() => {
    // A call has a title of its own.
    if (rest === '') document.title = `${title} · belplan`
    if (before.current !== rest) document.getElementById('content')?.focus()
    before.current = rest
  }, [rest, title])
  return rest === '' ? <Find query={query} /> : <Call key={rest} id={rest} query={query} />
}
