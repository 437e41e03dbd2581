/** Health: the controller's parts, in words. */
import type { ComponentChildren, JSX } from 'preact'
import { type LinkedSwitch, type Readiness, readReadiness } from '../../api/health.ts'
import { Badge, type Tone } from '../../components/badge.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { dateTime, decimal } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { frameWords } from '../../words/frame.ts'
import { healthWords } from '../../words/health.ts'
import { Controllers } from './controllers.tsx'
import { Events } from './events.tsx'
import { Links } from './links.tsx'
import { Webhooks } from './webhooks.tsx'

const EVERY_MS = 5000

export default function Health(): JSX.Element {
  const words = healthWords()
  const { value, fault } = useReading(readReadiness, [], { everyMs: EVERY_MS })
  return (
    <>
      <PageHead title={frameWords().views.health} text={words.about}>
        <div aria-live="polite">
          {value && (
            <Badge tone={value.ready ? 'good' : 'bad'}>
              {value.draining ? words.draining : value.ready ? words.ready : words.notReady}
            </Badge>
          )}
        </div>
      </PageHead>
      {fault && <FaultNote fault={fault} />}
      {value && <Parts {...value} />}
      {value?.freeswitch && value.freeswitch.length > 1 && <Links links={value.freeswitch} />}
      <Webhooks />
      <Events />
      <Controllers />
    </>
  )
}

function Parts({ plans, esl, calls, freeswitch, store }: Readiness): JSX.Element {
  const words = healthWords()
  if (!plans || !esl || !calls || !freeswitch) return <p class="note">{words.limited}</p>
  return (
    <section class="cards">
      <Part
        title={words.parts.calls}
        tone={esl.overloaded ? 'bad' : 'good'}
        state={esl.overloaded ? words.overloaded : words.ready}
      >
        {words.held(decimal(calls.held), decimal(calls.max))}
      </Part>
      <FreeSwitch links={freeswitch} />
      <Part
        title={words.parts.plans}
        tone={plans.state === 'current' ? 'good' : 'warn'}
        state={words.plansState[plans.state]}
      >
        {words.revision} <code>{plans.revision}</code>, {words.since(dateTime(plans.since))}
      </Part>
      <Part
        title={words.parts.esl}
        tone={esl.listening ? 'good' : 'bad'}
        state={esl.listening ? words.listening : words.notListening}
      >
        <code>
          {esl.host}:{esl.port}
        </code>
      </Part>
      {store?.configured && (
        <Part
          title={words.parts.store}
          tone={store.connected ? 'good' : 'warn'}
          state={store.connected ? words.answers : words.away}
        >
          {words.since(dateTime(store.since))}
          {!store.connected && <p class="quiet">{words.awayText}</p>}
          {store.error && <p class="quiet">{store.error}</p>}
        </Part>
      )}
    </section>
  )
}

/** None, one in full, or of several how many are linked. */
function FreeSwitch({ links }: { readonly links: readonly LinkedSwitch[] }): JSX.Element {
  const words = healthWords()
  const title = words.parts.freeswitch
  const [one, ...others] = links
  const linked = links.filter(({ connected }) => connected).length
  const tone = linked === links.length ? 'good' : 'bad'
  if (!one)
    return (
      <Part title={title} tone="quiet" state={words.notConfigured}>
        {words.notConfiguredText}
      </Part>
    )
  if (others.length > 0)
    return (
      <Part title={title} tone={tone} state={words.linkedOf(decimal(linked), decimal(links.length))}>
        {words.listedBelow}
      </Part>
    )
  return (
    <Part title={title} tone={tone} state={one.connected ? words.linked : words.notLinked}>
      <code>{one.name}</code>, {words.since(dateTime(one.since))}
      {one.version && <p class="quiet">{one.version}</p>}
      {one.error && <p class="quiet">{one.error}</p>}
    </Part>
  )
}

interface PartProps {
  readonly title: string
  readonly tone: Tone
  readonly state: string
  readonly children: ComponentChildren
}

function Part({ title, tone, state, children }: PartProps): JSX.Element {
  return (
    <article class="card part">
      <h2>{title}</h2>
      <Badge tone={tone}>{state}</Badge>
      <div class="quiet">{children}</div>
    </article>
  )
}
