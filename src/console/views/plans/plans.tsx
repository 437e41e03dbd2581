/** Plans: the list of documents, one of them as a tree, or revisions; each with its address. */
import type { JSX } from 'preact'
import type { ViewProps } from '../../views.ts'
import { DocumentPage } from './document.tsx'
import { PlanList } from './list.tsx'
import { RevisionsPage } from './revisions.tsx'

export default function Plans({ place }: ViewProps): JSX.Element {
  const { rest, query, hash } = place
  if (rest !== '')
    return <DocumentPage key={rest} name={rest} revision={query.get('revision') ?? undefined} hash={hash} />
  if (query.has('revisions')) return <RevisionsPage />
  return <PlanList asked={query.get('q') ?? ''} />
}
