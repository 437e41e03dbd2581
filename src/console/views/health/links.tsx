/** The inbound links, where there are several: those that are not there first. */
import type { JSX } from 'preact'
import type { LinkedSwitch } from '../../api/health.ts'
import { Badge } from '../../components/badge.tsx'
import { Section } from '../../components/section.tsx'
import { Table } from '../../components/table.tsx'
import { dateTime } from '../../format.ts'
import { healthWords } from '../../words/health.ts'

export function Links({ links }: { readonly links: readonly LinkedSwitch[] }): JSX.Element {
  const words = healthWords()
  const rows = [...links].sort((a, b) => Number(a.connected) - Number(b.connected))
  return (
    <Section title={words.links} text={words.linksText}>
      <Table
        caption={words.links}
        rows={rows}
        keyOf={({ name }) => name}
        columns={[
          { title: words.parts.freeswitch, cell: ({ name }) => <code>{name}</code> },
          {
            title: words.state,
            cell: ({ connected, since, version, error }) => (
              <>
                <Badge tone={connected ? 'good' : 'bad'}>{connected ? words.linked : words.notLinked}</Badge>{' '}
                {words.since(dateTime(since))}
                <p class="quiet">{connected ? version : error}</p>
              </>
            ),
          },
        ]}
      />
    </Section>
  )
}
