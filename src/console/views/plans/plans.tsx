/** Plans: the list of documents, one of them as a tree, or revisions; each with its address. */
import type { JSX } from 'preact'
import { useFocusOnPage } from '../../focus.ts'
import type { ViewProps } from '../../views.ts'
import { DocumentPage } from './document.tsx'
import { PlanList } from './list.tsx'
import { RevisionsPage } from './revisions.tsx'

export default function Plans({ place }: ViewProps): JSX.Element {
  const { rest, query, hash } = place
  const isRevisions = rest === '' && query.has('revisions')
  // Revisions have no name of a document.
  useFocusOnPage(isRevisions ? '?' : rest)
  if (rest !== '')
    return <DocumentPage key={rest} name={rest} revision={query.get('revision') ?? undefined} hash={hash} />
  if (isRevisions) return <RevisionsPage />
  return <PlanList asked={query.get('q') ?? ''} />
}
