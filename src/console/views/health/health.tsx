/** Health: the controller's parts, in words. */
import type { ComponentChildren, JSX } from 'preact'
import { type Readiness, readReadiness } from '../../api/health.ts'
import { Badge, type Tone } from '../../components/badge.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { dateTime, decimal } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { frameWords } from '../../words/frame.ts'
import { healthWords } from '../../words/health.ts'
import { Controllers } from './controllers.tsx'
import { Events } from './events.tsx'
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
      <Part
        title={words.parts.freeswitch}
        tone={!freeswitch.configured ? 'quiet' : freeswitch.connected ? 'good' : 'bad'}
        state={
          !freeswitch.configured ? words.notConfigured : freeswitch.connected ? words.linked : words.notLinked
        }
      >
        {freeswitch.configured ? (
          <>
            {words.since(dateTime(freeswitch.since))}
            {freeswitch.version && <p class="quiet">{freeswitch.version}</p>}
            {freeswitch.error && <p class="quiet">{freeswitch.error}</p>}
          </>
        ) : (
          words.notConfiguredText
        )}
      </Part>
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
