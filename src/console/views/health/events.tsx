/** Events of calls that have not arrived: those that wait, and those that were given up and can be tried again. */
import type { JSX } from 'preact'
import { ApiFault } from '../../api/client.ts'
import { type ListedEvent, readEvents, retryEvent } from '../../api/health.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Section } from '../../components/section.tsx'
import { Table } from '../../components/table.tsx'
import { tell, tellFault } from '../../components/toast.tsx'
import { ago, dateTime, decimal } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { hrefTo } from '../../router.ts'
import { may } from '../../session.ts'
import { healthWords } from '../../words/health.ts'

const EVERY_MS = 10_000
/** Of each state. */
const MOST = 50

export function Events(): JSX.Element {
  const words = healthWords()
  const { value, fault, again } = useReading((signal) => readEvents(MOST, signal), [], { everyMs: EVERY_MS })
  const events = value ? [...value.givenUp, ...value.waiting] : []

  const retry = async (id: string) => {
    try {
      await retryEvent(id)
      tell(words.retried)
    } catch (error) {
      if (!(error instanceof ApiFault)) throw error
      tellFault(error)
    }
    again()
  }
  const counted = (count: number) => decimal(count) + (count === MOST ? '+' : '')
  return (
    <Section title={words.events} text={words.eventsText}>
      {fault && <FaultNote fault={fault} />}
      <div aria-live="polite">
        {value?.incomplete === false && events.length === 0 && <Badge tone="good">{words.noEvents}</Badge>}
        {value && value.givenUp.length > 0 && (
          <Badge tone="bad">{words.givenUp(counted(value.givenUp.length))}</Badge>
        )}{' '}
        {value && value.waiting.length > 0 && (
          <Badge tone="warn">{words.waiting(counted(value.waiting.length))}</Badge>
        )}
        {value?.incomplete && <p class="note warn">{words.eventsMissing}</p>}
      </div>
      {events.length > 0 && (
        <Table
          caption={words.events}
          rows={events}
          keyOf={({ id }) => id}
          columns={[
            {
              title: words.event,
              cell: ({ event, document, webhook }) => (
                <>
                  <strong>{event}</strong> → {webhook}
                  <div class="said">
                    <a href={hrefTo('plans', { rest: document })}>{document}</a>
                  </div>
                </>
              ),
            },
            { title: words.call, cell: ({ callid }) => <code>{callid}</code> },
            { title: words.state, cell: State },
            {
              title: words.actions,
              hideTitle: true,
              cell: ({ id, state, event, callid }) =>
                state === 'givenUp' &&
                may('publish') && (
                  <Button label={words.retryLabel(event, callid)} onClick={() => void retry(id)}>
                    {words.retry}
                  </Button>
                ),
            },
          ]}
        />
      )}
    </Section>
  )
}

function State({ state, since, tries, next, error }: ListedEvent): JSX.Element {
  const words = healthWords()
  return (
    <>
      {state === 'givenUp' ? (
        <Badge tone="bad">{words.wasGivenUp}</Badge>
      ) : (
        <Badge tone="warn">{words.waits}</Badge>
      )}{' '}
      {words.since(dateTime(since))}, {words.tryCount(tries)}
      {next !== undefined && <>, {words.nextTry(ago(next))}</>}
      {error && <div class="said quiet">{error}</div>}
    </>
  )
}
