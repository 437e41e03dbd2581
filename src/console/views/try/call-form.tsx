/** Who calls whom, and what everybody does. */
import type { JSX } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { DocumentSummary, Explanation } from '../../api/plans.ts'
import {
  type Answer,
  type Draft,
  type Given,
  MAILBOX_ENDS,
  OUTCOMES,
  type Outcome,
  type Party,
  QUEUE_ENDS,
  type Script,
  STATUSES,
} from '../../api/try.ts'
import { Button } from '../../components/button.tsx'
import { Field, Select } from '../../components/field.tsx'
import { may } from '../../session.ts'
import { tryWords } from '../../words/try.ts'
import type { Parties } from './parties.ts'

export interface CallFormProps {
  readonly script: Script
  readonly onChange: (script: Script) => void
  readonly onRun: () => void
  readonly isRunning: boolean
  /** Documents that serve, whose numbers are proposed. */
  readonly numbers: readonly DocumentSummary[]
  readonly draft: Draft | undefined
  /** Where the number leads; undefined while that is not known. */
  readonly found: Explanation | undefined
  readonly parties: Parties
}

export function CallForm(props: CallFormProps): JSX.Element {
  const { script, onChange, onRun, isRunning, found, parties } = props
  const words = tryWords()
  const { call, given } = script
  const [isMissing, setIsMissing] = useState(false)
  const setCall = (more: Partial<Script['call']>) => onChange({ ...script, call: { ...call, ...more } })
  const setGiven = (more: Partial<Given>) => onChange({ ...script, given: { ...given, ...more } })
  return (
    <form
      class="card call-form"
      onSubmit={(event) => {
        event.preventDefault()
        setIsMissing(call.did.trim() === '')
        if (call.did.trim() !== '') onRun()
      }}
    >
      <NumberField
        {...props}
        fault={isMissing && call.did === '' ? words.enterNumber : undefined}
        onInput={(did) => setCall({ did })}
      />
      <p class="quiet leads-to" aria-live="polite">
        {found && (found.match ? words.leadsTo(found.match.document, found.match.plan) : words.leadsNowhere)}
      </p>
      <div class="pair">
        <Field
          label={words.caller}
          value={call.callerid ?? ''}
          placeholder="+31612345678"
          onInput={(text) => setCall({ callerid: orNone(text) })}
        />
        <Field
          label={words.callerName}
          value={call.callername ?? ''}
          onInput={(text) => setCall({ callername: orNone(text) })}
        />
      </div>
      <Check
        label={words.withheld}
        checked={call.withheld === true}
        onChange={(isOn) => setCall({ withheld: isOn || undefined })}
      />
      <Field
        label={words.at}
        hint={words.atHint}
        type="datetime-local"
        value={call.at?.slice(0, 16) ?? ''}
        onInput={(at) => setCall({ at: orNone(at) })}
      />
      {(parties.asksForKeys || given.digits !== undefined) && (
        <Keys
          digits={given.digits ?? []}
          onChange={(digits) => setGiven({ digits: digits.length > 0 ? digits : undefined })}
        />
      )}
      {parties.webhooks.length > 0 && (
        <fieldset>
          <legend>{words.servers}</legend>
          {parties.webhooks.map((name) => (
            <Server
              key={name}
              name={name}
              answer={given.webhooks?.[name] ?? 'down'}
              onChange={(answer) =>
                setGiven({ webhooks: put(given.webhooks, name, answer === 'down' ? undefined : answer) })
              }
            />
          ))}
        </fieldset>
      )}
      {parties.destinations.length > 0 && (
        <fieldset>
          <legend>{words.telephones}</legend>
          {parties.destinations.map((name) => (
            <Telephone
              key={name}
              name={name}
              party={given.destinations?.[name]}
              onChange={(party) => setGiven({ destinations: put(given.destinations, name, party) })}
            />
          ))}
        </fieldset>
      )}
      {parties.queues.length > 0 && (
        <fieldset>
          <legend>{words.queues}</legend>
          {parties.queues.map((name) => (
            <Row key={name} name={name}>
              <Select
                label={words.queue(name)}
                hideLabel
                value={(given.queues?.[name] ?? 'waits') as 'waits'}
                options={QUEUE_ENDS.map((value) => ({ value, label: words.queueEnds[value] }))}
                onChange={(end: string) => setGiven({ queues: put(given.queues, name, end) })}
              />
            </Row>
          ))}
        </fieldset>
      )}
      {parties.mailboxes.length > 0 && (
        <fieldset>
          <legend>{words.mailboxes}</legend>
          {parties.mailboxes.map((name) => (
            <Row key={name} name={name}>
              <Select
                label={words.mailbox(name)}
                hideLabel
                value={(given.mailboxes?.[name] ?? 'left') as 'left'}
                options={MAILBOX_ENDS.map((value) => ({ value, label: words.mailboxEnds[value] }))}
                onChange={(end: string) => setGiven({ mailboxes: put(given.mailboxes, name, end) })}
              />
            </Row>
          ))}
        </fieldset>
      )}
      <Seconds
        label={words.hangsUp}
        value={given.hangsUpAfterSeconds}
        onChange={(hangsUpAfterSeconds) => setGiven({ hangsUpAfterSeconds })}
      />
      <div class="actions">
        <Button kind="primary" type="submit" disabled={isRunning}>
          {isRunning ? words.running : words.run}
        </Button>
      </div>
    </form>
  )
}

const orNone = (text: string): string | undefined => (text === '' ? undefined : text)

function put<T>(all: Readonly<Record<string, T>> | undefined, name: string, value: T | undefined) {
  const { [name]: _, ...rest } = all ?? {}
  const changed = value === undefined ? rest : { ...rest, [name]: value }
  return Object.keys(changed).length > 0 ? changed : undefined
}

/** More would be in the browser's list than anybody reads. */
const MOST_PROPOSED = 30

function NumberField({
  script,
  numbers,
  draft,
  fault,
  onInput,
}: CallFormProps & {
  readonly fault: string | undefined
  readonly onInput: (did: string) => void
}): JSX.Element {
  const words = tryWords()
  const id = useId()
  const { did } = script.call
  const proposed: { number: string; where: string }[] = []
  for (const { name, plans } of draft ? [] : numbers)
    for (const plan of plans)
      for (const number of plan.numbers) {
        if (proposed.length === MOST_PROPOSED) break
        if (number.includes(did) && !number.includes('*'))
          proposed.push({ number, where: `${name}, ${plan.name}` })
      }
  return (
    <>
      <Field
        label={words.number}
        value={did}
        hint={words.numberHint}
        fault={fault}
        onInput={onInput}
        list={id}
      />
      <datalist id={id}>
        {proposed.map(({ number, where }) => (
          <option key={number} value={number} label={where} />
        ))}
      </datalist>
    </>
  )
}

function Check({
  label,
  checked,
  onChange,
}: {
  readonly label: string
  readonly checked: boolean
  readonly onChange: (isOn: boolean) => void
}): JSX.Element {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  )
}

/** As it is typed; what it comes to is one entry for each prompt. */
function Keys({
  digits,
  onChange,
}: {
  readonly digits: readonly string[]
  readonly onChange: (digits: string[]) => void
}): JSX.Element {
  const words = tryWords()
  const [text, setText] = useState(digits.join(' '))
  return (
    <Field
      label={words.keys}
      hint={words.keysHint}
      value={text}
      onInput={(typed) => {
        setText(typed)
        onChange(typed.split(/\s+/).filter((entry) => entry !== ''))
      }}
    />
  )
}

interface RowProps {
  readonly name: string
  readonly children: JSX.Element | (JSX.Element | false)[]
}

function Row({ name, children }: RowProps): JSX.Element {
  return (
    <div class="party">
      <span class="party-name">{name}</span>
      <div class="party-does">{children}</div>
    </div>
  )
}

const ANSWERS = ['down', ...STATUSES, 'body', 'ask'] as const
type AnswerKind = (typeof ANSWERS)[number]
type GivenAnswer = NonNullable<Given['webhooks']>[string]

function Server({
  name,
  answer,
  onChange,
}: {
  readonly name: string
  readonly answer: GivenAnswer
  readonly onChange: (answer: GivenAnswer) => void
}): JSX.Element {
  const words = tryWords()
  const kind: AnswerKind =
    typeof answer === 'string' ? answer : answer.body === undefined ? (answer.status ?? 'ACK') : 'body'
  const fields: Answer = typeof answer === 'string' ? {} : answer
  const set = (more: Partial<Answer>) => onChange({ ...fields, status: kind as Answer['status'], ...more })
  const choose = (chosen: AnswerKind) => {
    if (chosen === 'body') onChange({ http: 200, contentType: 'application/json', body: '{"status": "ACK"}' })
    else if (chosen === 'down' || chosen === 'ask') onChange(chosen)
    else onChange({ status: chosen, destination: fields.destination, callername: fields.callername })
  }
  return (
    <Row name={name}>
      <Select
        label={words.server(name)}
        hideLabel
        value={kind}
        options={ANSWERS.filter((value) => value !== 'ask' || may('publish')).map((value) => ({
          value,
          label: words.answers[value],
        }))}
        onChange={choose}
      />
      {isStatus(kind) && (
        <div class="pair">
          <Field
            label={words.returnedName(name)}
            hideLabel
            placeholder={words.nameShort}
            value={fields.callername ?? ''}
            onInput={(text) => set({ callername: orNone(text) })}
          />
          <Field
            label={words.destination(name)}
            hideLabel
            placeholder={words.destinationShort}
            value={fields.destination ?? ''}
            onInput={(text) => set({ destination: orNone(text) })}
          />
        </div>
      )}
      {kind === 'body' && (
        <div class="pair">
          <Field
            label={words.http(name)}
            hideLabel
            type="number"
            value={String(fields.http ?? 200)}
            onInput={(text) => onChange({ ...fields, http: Number(text) })}
          />
          <Field
            label={words.body(name)}
            hideLabel
            value={fields.body ?? ''}
            onInput={(body) => onChange({ ...fields, body })}
          />
        </div>
      )}
    </Row>
  )
}

const isStatus = (kind: AnswerKind): boolean => (STATUSES as readonly string[]).includes(kind)

function Telephone({
  name,
  party,
  onChange,
}: {
  readonly name: string
  readonly party: Outcome | Party | undefined
  readonly onChange: (party: Outcome | Party | undefined) => void
}): JSX.Element {
  const words = tryWords()
  const { outcome = party === undefined ? 'noAnswer' : 'answered', afterSeconds }: Party =
    typeof party === 'string' ? { outcome: party } : (party ?? {})
  const set = (chosen: Outcome, after: number | undefined) => {
    if (chosen === 'noAnswer') onChange(undefined)
    else onChange(after === undefined ? chosen : { outcome: chosen, afterSeconds: after })
  }
  return (
    <Row name={name}>
      <Select
        label={words.telephone(name)}
        hideLabel
        value={outcome}
        options={OUTCOMES.map((value) => ({ value, label: words.outcomes[value] }))}
        onChange={(chosen) => set(chosen, afterSeconds)}
      />
      {outcome !== 'noAnswer' && (
        <Seconds
          label={words.after(name)}
          hideLabel
          placeholder={words.afterShort}
          value={afterSeconds}
          onChange={(after) => set(outcome, after)}
        />
      )}
    </Row>
  )
}

interface SecondsProps {
  readonly label: string
  readonly hideLabel?: boolean
  readonly placeholder?: string
  readonly value: number | undefined
  readonly onChange: (seconds: number | undefined) => void
}

function Seconds({ value, onChange, ...field }: SecondsProps): JSX.Element {
  return (
    <div class="seconds">
      <Field
        {...field}
        type="number"
        value={value === undefined ? '' : String(value)}
        onInput={(text) => onChange(text === '' || !(Number(text) >= 0) ? undefined : Number(text))}
      >
        <span class="quiet">{tryWords().seconds}</span>
      </Field>
    </div>
  )
}
