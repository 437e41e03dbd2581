/** Which revision each controller serves: of all machines, or of those that share the data. */
import type { JSX } from 'preact'
import { type ListedController, type ListedControllers, readControllers } from '../../api/health.ts'
import { readRevisions, type Revisions } from '../../api/plans.ts'
import { Badge } from '../../components/badge.tsx'
import { Section } from '../../components/section.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { dateTime } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { hrefTo } from '../../router.ts'
import { healthWords } from '../../words/health.ts'
import { plansWords } from '../../words/plans.ts'

const EVERY_MS = 5000
/** It reads files, and changes seldom. */
const REVISIONS_EVERY_MS = 60_000

interface ServedBy {
  readonly name: string
  readonly revision: string
  readonly since: string
}

/** Nothing where the token may not know of controllers. */
export function Controllers(): JSX.Element | null {
  const { value } = useReading(readControllers, [], { everyMs: EVERY_MS })
  if (!value) return null
  return value.shared ? <OfAllMachines {...value} /> : <OfThisData />
}

function OfAllMachines({ controllers }: ListedControllers): JSX.Element {
  const words = healthWords()
  return (
    <Listed
      rows={controllers}
      serving={controllers.filter(({ state }) => state === 'lives')}
      columns={[
        {
          title: words.state,
          cell: ({ state, ready, seenAt }) =>
            state === 'lives' ? (
              <Badge tone={ready ? 'good' : 'warn'}>{ready ? words.ready : words.notReady}</Badge>
            ) : (
              <>
                <Badge tone={state === 'lost' ? 'bad' : 'quiet'}>{words.controllerStates[state]}</Badge>{' '}
                {words.since(dateTime(seenAt))}
              </>
            ),
        },
        { title: words.revision, cell: ({ revision }) => <RevisionLink revision={revision} /> },
        { title: words.version, cell: ({ version }) => version },
      ]}
    />
  )
}

function OfThisData(): JSX.Element | null {
  const words = healthWords()
  const { value } = useReading(readRevisions, [], { everyMs: REVISIONS_EVERY_MS })
  const controllers = value ? servedNow(value) : []
  if (controllers.length === 0) return null
  return (
    <Listed
      rows={controllers}
      serving={controllers}
      columns={[
        {
          title: words.revision,
          cell: ({ revision, since }) => (
            <>
              <RevisionLink revision={revision} />, {words.since(dateTime(since))}
            </>
          ),
        },
      ]}
    />
  )
}

interface ListedProps<Row> {
  readonly rows: readonly Row[]
  /** Of them, those that should agree. */
  readonly serving: readonly Row[]
  /** Behind the name. */
  readonly columns: readonly Column<Row>[]
}

function Listed<Row extends Pick<ListedController, 'name' | 'revision'>>({
  rows,
  serving,
  columns,
}: ListedProps<Row>): JSX.Element {
  const words = healthWords()
  const differ = new Set(serving.map(({ revision }) => revision)).size > 1
  return (
    <Section title={words.controllers} text={words.controllersText}>
      {differ && <Badge tone="warn">{words.differ}</Badge>}
      <Table
        caption={words.controllers}
        rows={rows}
        keyOf={({ name }) => name}
        columns={[{ title: words.controller, cell: ({ name }) => <code>{name}</code> }, ...columns]}
      />
    </Section>
  )
}

function RevisionLink({ revision }: { readonly revision: string }): JSX.Element {
  return (
    <a
      href={hrefTo('plans', { query: { revisions: '' } })}
      aria-label={`${plansWords().revisions}: ${revision}`}
    >
      <code>{revision}</code>
    </a>
  )
}

/** The last serving of each controller, where it goes on. */
function servedNow({ revisions }: Revisions): ServedBy[] {
  const last = new Map<string, ServedBy & { readonly until?: string }>()
  for (const { revision, served } of revisions)
    for (const { controller, since, until } of served) {
      if (controller === undefined || (last.get(controller)?.since ?? '') >= since) continue
      last.set(controller, { name: controller, revision, since, ...(until !== undefined && { until }) })
    }
  return [...last.values()]
    .filter(({ until }) => until === undefined)
    .sort((a, b) => a.name.localeCompare(b.name))
}
