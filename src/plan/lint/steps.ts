/** Errors in a document's steps that the schema cannot see. */
import { entriesOf, isObject, type JsonObject, objectAt, type Path, type Report } from '../../json/index.ts'
import { digitErrors, messageErrors, nameError, namesIn } from './entry.ts'
import { outline, type OutlinedStep } from './outline.ts'

/** The names that a document's steps may refer to. */
interface Names {
  readonly audio: ReadonlySet<string>
  readonly webhooks: ReadonlySet<string>
  readonly plans: ReadonlySet<string>
}

export function stepErrors(document: JsonObject, report: Report): void {
  const names = {
    audio: namesIn(document, 'audio'),
    webhooks: namesIn(document, 'webhooks'),
    plans: namesIn(document, 'plans'),
  }
  for (const [plan, spec] of entriesOf(objectAt(document, 'plans'))) {
    if (isObject(spec)) reference(spec, 'missed', ['plans', plan], 'webhooks', names, report)
  }
  const ids = new Map<string, Path>()
  for (const outlined of outline(document)) {
    checkStep(outlined, names, report)
    checkId(outlined, ids, report)
  }
}

function checkStep(outlined: OutlinedStep, names: Names, report: Report): void {
  const { step, path } = outlined
  switch (step.type) {
    case 'webhook':
      return reference(step, 'webhook', path, 'webhooks', names, report)
    case 'callername':
      return callerNameErrors(outlined, report)
    case 'bridge':
      return bridgeErrors(outlined, report)
    case 'ivr':
      return ivrErrors(step, path, names, report)
    case 'play':
      return reference(step, 'audio', path, 'audio', names, report)
    case 'goto':
      return reference(step, 'plan', path, 'plans', names, report)
    default: // `transfer`, `hangup`, and what the schema refuses
  }
}

/** `step[field]` must be one of the document's names. */
function reference(
  step: JsonObject,
  field: string,
  path: Path,
  of: keyof Names,
  names: Names,
  report: Report,
): void {
  nameError(step, field, path, of, names[of], report)
}

const BELOW_WEBHOOK = 'means the nearest webhook, so it may only stand below the "success" of a webhook step'

function callerNameErrors({ step, path, belowWebhook }: OutlinedStep, report: Report): void {
  const hasText = 'text' in step
  if (step.mode === 'webhook') {
    if (!belowWebhook)
      report([...path, 'mode'], `"webhook" ${BELOW_WEBHOOK}; use "prepend" or "replace" with "text" here`)
    if (hasText)
      report([...path, 'text'], '"text" is for "prepend" and "replace"; take it out, or change "mode"', true)
  } else if ((step.mode === 'prepend' || step.mode === 'replace') && !hasText) {
    report(path, `"text" is missing here: what to ${step.mode}`)
  }
}

function bridgeErrors({ step, path, belowWebhook }: OutlinedStep, report: Report): void {
  if ('from' in step && 'destination' in step) {
    report([...path, 'from'], 'a bridge has either "from" or "destination"; take one of them out', true)
  }
  if (!('from' in step) && !('destination' in step)) {
    report(path, 'a bridge needs "destination", or "from": "webhook" below the "success" of a webhook step')
  }
  if (step.from === 'webhook' && !belowWebhook) {
    report([...path, 'from'], `"webhook" ${BELOW_WEBHOOK}; use "destination" here`)
  }
}

function ivrErrors(step: JsonObject, path: Path, names: Names, report: Report): void {
  const isMenu = 'choices' in step
  if (isMenu && 'success' in step) {
    report(
      [...path, 'success'],
      'an ivr step has either "choices" (a menu) or "success" (a code); take one of them out',
      true,
    )
  }
  if (!isMenu && !('success' in step)) {
    report(path, 'an ivr step needs "choices" for a menu, or "success" for a code')
  }
  messageErrors(step, path, names.audio, report)
  if (isMenu) menuErrors(step, path, report)
  else digitErrors(step, path, report)
}

function menuErrors(step: JsonObject, path: Path, report: Report): void {
  for (const field of ['minDigits', 'maxDigits']) {
    if (field in step)
      report([...path, field], `a menu's choices say how many digits there are; take ${field} out`, true)
  }
  const { terminator } = step
  if (terminator !== '#' && terminator !== '*') return
  for (const [choice] of entriesOf(objectAt(step, 'choices'))) {
    if (!choice.includes(terminator)) continue
    const message = `the choice holds the terminator "${terminator}", which ends the entry; take another of either`
    report([...path, 'choices', choice], message, true)
  }
}

/** A default name holds a slash (`main/0`) and an `id` cannot, so ids only meet each other. */
function checkId({ step, path }: OutlinedStep, ids: Map<string, Path>, report: Report): void {
  const { id } = step
  if (typeof id !== 'string') return
  const first = ids.get(id)
  if (first === undefined) ids.set(id, path)
  else
    report(
      [...path, 'id'],
      `the id "${id}" is taken by the step at ${first.slice(1).join('/')}; ids are unique in a document`,
    )
}
