/** Errors in a document's webhooks that the schema cannot see. */
import { entriesOf, isObject, type JsonObject, objectAt, type Path, type Report } from '../../json/index.ts'
import { ENVIRONMENT_VARIABLE } from '../../syntax/index.ts'
import { digitErrors, MESSAGES } from '../digits-input.ts'
import type { Grants } from '../grants.ts'
import { parseTemplate } from '../url-template.ts'
import { whose } from './claims.ts'
import { nameError, namesOf } from './names.ts'
import type { LintOptions } from './options.ts'

/** Headers of webhook requests that a plan cannot set: HTTP or the controller does. */
const RESERVED =
  /^(host|connection|keep-alive|content-length|content-type|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|user-agent|idempotency-key|proxy-.*|webhook-.*)$/i

/** An error in a plan; a revision that was taken before it was one has it left out of its requests. */
export function isReservedHeader(name: string): boolean {
  return RESERVED.test(name)
}

export function webhookErrors(
  document: JsonObject,
  name: string,
  options: LintOptions,
  grants: Grants | undefined,
  report: Report,
): void {
  const audio = namesOf(document, 'audio')
  for (const [key, webhook] of entriesOf(objectAt(document, 'webhooks'))) {
    if (!isObject(webhook)) continue
    const path = ['webhooks', key]
    urlErrors(webhook, path, report)
    secretErrors(webhook, path, { document: name, ...options, grants }, report)
    timeErrors(webhook, path, options, report)
    nameError(webhook.waitAudio, [...path, 'waitAudio'], 'audio', audio, report)
    const { ivr } = webhook
    if (!isObject(ivr)) continue
    for (const field of MESSAGES) nameError(ivr[field], [...path, 'ivr', field], 'audio', audio, report)
    digitErrors(ivr, [...path, 'ivr'], report)
  }
}

function urlErrors(webhook: JsonObject, path: Path, report: Report): void {
  for (const field of ['urlTemplate', 'fallbackUrlTemplate']) {
    const url = webhook[field]
    const parsed = typeof url === 'string' ? parseTemplate(url) : undefined
    if (parsed && 'fault' in parsed) report([...path, field], `the URL ${parsed.fault}`)
  }
}

function timeErrors(
  webhook: JsonObject,
  path: Path,
  { maxTimeoutSeconds }: LintOptions,
  report: Report,
): void {
  const { timeoutSeconds } = webhook
  if (
    maxTimeoutSeconds !== undefined &&
    typeof timeoutSeconds === 'number' &&
    timeoutSeconds > maxTimeoutSeconds
  ) {
    report(
      [...path, 'timeoutSeconds'],
      `the operator allows at most ${maxTimeoutSeconds} seconds; write that or less`,
    )
  }
  if (webhook.ivr === undefined) return
  for (const field of ['cacheSeconds', 'staleIfErrorSeconds']) {
    const seconds = webhook[field]
    if (typeof seconds === 'number' && seconds > 0) {
      report(
        [...path, field],
        `cannot stand together with "ivr": a code that was revoked must not work; take ${field} out`,
      )
    }
  }
}

/** What `env:` may name; without `grants` anything. */
interface Secrets extends Pick<LintOptions, 'envIsSet'> {
  readonly document: string
  readonly grants: Grants | undefined
}

function secretErrors(webhook: JsonObject, path: Path, secrets: Secrets, report: Report): void {
  for (const [header, value] of Object.entries(objectAt(webhook, 'headers'))) {
    const at = [...path, 'headers', header]
    if (isReservedHeader(header)) report(at, `the controller itself sets ${header}; take it out`, true)
    envErrors(value, at, secrets, report)
  }
  const secret: unknown = webhook.signingSecret
  const at = [...path, 'signingSecret']
  envErrors(secret, at, secrets, report)
  if (Array.isArray(secret)) secret.forEach((one: unknown, i) => envErrors(one, [...at, i], secrets, report))
}

function envErrors(
  value: unknown,
  path: Path,
  { document, grants, envIsSet }: Secrets,
  report: Report,
): void {
  if (typeof value !== 'string' || !value.startsWith('env:')) return
  const name = value.slice('env:'.length)
  if (!ENVIRONMENT_VARIABLE.test(name)) {
    report(path, 'after env: the name of an environment variable must come, such as env:ACME_CRM_TOKEN')
    return
  }
  if (grants === undefined) return
  if (!grants.of(document).env.includes(name)) {
    const owner = grants.owners?.ofEnv(name)
    const instead =
      owner === undefined
        ? `the operator must name it in webhooks.env of the configuration, under "${document}"`
        : whose(owner)
    report(path, `${name} is not granted to this document; ${instead}`)
  } else if (envIsSet && !envIsSet(name)) {
    report(
      path,
      `${name} is not set in the controller's environment; set it, or write the value itself if it is no secret`,
    )
  }
}
