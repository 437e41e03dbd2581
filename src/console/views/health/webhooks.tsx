/** Each server that plans ask: whether it works, how fast it is, and what callers got where it did not. */
import type { JSX } from 'preact'
import { type WebhookOrigin, readWebhooks } from '../../api/health.ts'
import { Badge, type Tone } from '../../components/badge.tsx'
import { Empty } from '../../components/empty.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Section } from '../../components/section.tsx'
import { Table } from '../../components/table.tsx'
import { ago, decimal, duration } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { hrefTo } from '../../router.ts'
import { healthWords } from '../../words/health.ts'

const EVERY_MS = 5000

export function Webhooks(): JSX.Element {
  const words = healthWords()
  const { value, fault } = useReading(readWebhooks, [], { everyMs: EVERY_MS })
  return (
    <Section title={words.webhooks} text={value && words.webhooksText(value.minutes)}>
      {fault && <FaultNote fault={fault} />}
      {value?.webhooks.length === 0 && <Empty title={words.noWebhooks} text={words.noWebhooksText} />}
      {value && value.webhooks.length > 0 && (
        <Table
          caption={words.webhooks}
          rows={value.webhooks}
          keyOf={({ document, origin }) => `${document} ${origin}`}
          columns={[
            { title: words.server, cell: Server },
            { title: words.state, cell: State },
            { title: words.requests, isNumber: true, cell: Requests },
            { title: words.times, isNumber: true, cell: Times },
            { title: words.failures, cell: Failures },
            { title: words.callers, cell: Instead },
          ]}
        />
      )}
      {value?.more && <p class="quiet">{words.more}</p>}
    </Section>
  )
}

function Server({ origin, document }: WebhookOrigin): JSX.Element {
  return (
    <>
      <code>{origin}</code>
      <div class="said">
        <a href={hrefTo('plans', { rest: document })}>{document}</a>
      </div>
    </>
  )
}

const TONES: Record<WebhookOrigin['circuit'] | 'failing', Tone> = {
  closed: 'good',
  failing: 'warn',
  probing: 'warn',
  open: 'bad',
}

function State({ circuit, failures, lastError }: WebhookOrigin): JSX.Element {
  const words = healthWords()
  const state = circuit === 'closed' && Object.keys(failures).length > 0 ? 'failing' : circuit
  return (
    <>
      <Badge tone={TONES[state]}>{words.circuits[state]}</Badge>
      {lastError && (
        <div class="said quiet">
          {words.lastError}: {lastError.error}, {ago(lastError.at)}
        </div>
      )}
    </>
  )
}

function Requests({ requests, inFlight, queued }: WebhookOrigin): JSX.Element {
  return (
    <>
      {decimal(requests)}
      {inFlight + queued > 0 && (
        <div class="said quiet">{healthWords().nowAsked(decimal(inFlight), decimal(queued))}</div>
      )}
    </>
  )
}

function Times({ p50Ms, p95Ms }: WebhookOrigin): JSX.Element {
  const words = healthWords()
  return (
    <>
      {p50Ms !== undefined && <div>{words.halfIn(duration(p50Ms))}</div>}
      {p95Ms !== undefined && <div>{words.mostIn(duration(p95Ms))}</div>}
    </>
  )
}

function Failures({ failures }: WebhookOrigin): JSX.Element {
  return <Counts counts={failures} words={healthWords().kinds} />
}

function Instead({ instead }: WebhookOrigin): JSX.Element {
  return <Counts counts={instead} words={healthWords().instead} />
}

interface CountsProps<Kind extends string> {
  readonly counts: Readonly<Partial<Record<Kind, number>>>
  readonly words: Readonly<Record<Kind, string>>
}

/** Those that there were, the most frequent first. */
function Counts<Kind extends string>({ counts, words }: CountsProps<Kind>): JSX.Element {
  const entries = (Object.entries(counts) as [Kind, number][])
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
  if (entries.length === 0) return <span class="quiet">{healthWords().none}</span>
  return (
    <ul>
      {entries.map(([kind, count]) => (
        <li key={kind}>
          {decimal(count)} × {words[kind]}
        </li>
      ))}
    </ul>
  )
}
