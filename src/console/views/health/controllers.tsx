/** Which revision each controller serves that shares the data. */
import type { JSX } from 'preact'
import { readRevisions, type Revisions } from '../../api/plans.ts'
import { Badge } from '../../components/badge.tsx'
import { Section } from '../../components/section.tsx'
import { Table } from '../../components/table.tsx'
import { dateTime } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { hrefTo } from '../../router.ts'
import { healthWords } from '../../words/health.ts'
import { plansWords } from '../../words/plans.ts'

/** It reads files, and changes seldom. */
const EVERY_MS = 60_000

interface ServedBy {
  readonly controller: string
  readonly revision: string
  readonly since: string
}

/** Nothing where the token may not know of controllers. */
export function Controllers(): JSX.Element | null {
  const words = healthWords()
  const { value } = useReading(readRevisions, [], { everyMs: EVERY_MS })
  const controllers = value ? servedNow(value) : []
  if (controllers.length === 0) return null
  const differ = new Set(controllers.map(({ revision }) => revision)).size > 1
  return (
    <Section title={words.controllers} text={words.controllersText}>
      {differ && <Badge tone="warn">{words.differ}</Badge>}
      <Table
        caption={words.controllers}
        rows={controllers}
        keyOf={({ controller }) => controller}
        columns={[
          { title: words.controller, cell: ({ controller }) => <code>{controller}</code> },
          {
            title: words.revision,
            cell: ({ revision, since }) => (
              <>
                <a
                  href={hrefTo('plans', { query: { revisions: '' } })}
                  aria-label={`${plansWords().revisions}: ${revision}`}
                >
                  <code>{revision}</code>
                </a>
                , {words.since(dateTime(since))}
              </>
            ),
          },
        ]}
      />
    </Section>
  )
}

/** The last serving of each controller, where it goes on. */
function servedNow({ revisions }: Revisions): ServedBy[] {
  const last = new Map<string, ServedBy & { readonly until?: string }>()
  for (const { revision, served } of revisions)
    for (const { controller, since, until } of served) {
      if (controller === undefined || (last.get(controller)?.since ?? '') >= since) continue
      last.set(controller, { controller, revision, since, ...(until !== undefined && { until }) })
    }
  return [...last.values()]
    .filter(({ until }) => until === undefined)
    .sort((a, b) => a.controller.localeCompare(b.controller))
}
