/** URL templates of webhooks: `https://crm.example/name?caller={callerid}`. */
import { MOST_PLACEHOLDERS } from './caps.ts'
import type { WebhookSpec } from './document.ts'
import { createMask } from './mask.ts'
import { VARIABLE, variableOf } from './variables.ts'
import { secretsIn, type WebhookValues } from './webhook-request.ts'

type Placeholder = 'code' | 'did' | 'callerid' | 'callername'

const PLACEHOLDERS: readonly string[] = ['code', 'did', 'callerid', 'callername'] satisfies Placeholder[]

const isPlaceholder = (part: string): boolean =>
  PLACEHOLDERS.includes(part) || VARIABLE.test(variableOf(part) ?? '')

/** A template that was found good. */
export interface Template {
  /** Scheme, host and port: no value can change them. */
  readonly origin: string
  /** Literals and placeholders in turn, up to a fragment: `parts[1]`, `parts[3]`, … are placeholder names. */
  readonly parts: readonly string[]
  /** The same of host and path alone, where a placeholder stands in the path. */
  readonly path: readonly string[] | undefined
}

/** What is wrong and what to write instead: the rest of a sentence that begins with `the URL`. */
export interface TemplateFault {
  readonly fault: string
}

/** A template with its values filled in. */
export interface Expanded {
  /** The URL to request, without a fragment. */
  readonly url: string
  /** The same for people to read: `{code}` and secret variables unexpanded. */
  readonly shown: string
}

/** Longer than servers and proxies read. It bounds the values too, each of which may be in it many times. */
export const LONGEST_URL = 2000

/** Placeholders such as `code` and `var.tier`, of both URLs of a webhook that was found good. */
export function placeholdersOf({
  urlTemplate,
  fallbackUrlTemplate = '',
}: Pick<WebhookSpec, 'urlTemplate' | 'fallbackUrlTemplate'>): string[] {
  return [urlTemplate, fallbackUrlTemplate].flatMap((url) =>
    partsOf(withoutFragment(url)).filter((_, i) => i % 2 === 1),
  )
}

/** The variables among them. */
export function variablesOf(webhook: Parameters<typeof placeholdersOf>[0]): string[] {
  return placeholdersOf(webhook).flatMap((placeholder) => variableOf(placeholder) ?? [])
}

/** Reads a template. What it returns can be expanded any number of times; a fault is the plan author's to correct. */
export function parseTemplate(text: string): Template | TemplateFault {
  if (text.length > LONGEST_URL) return fault(`must not be longer than ${LONGEST_URL} characters`)
  // The parser of URLs drops blanks and line ends, and reads a backslash as a slash: neither may pass unnoticed.
  if (/[\s\\\p{Cc}]/u.test(text))
    return fault('must not hold blanks, line ends or backslashes; percent-encode them')
  const authority = /^https?:\/\/([^/?#]+)/i.exec(text)
  if (!authority) return fault('must begin with http:// or https:// and a host name')
  if (/[{}]/.test(authority[0]))
    return fault('scheme, host and port must not hold a placeholder; use it behind the host')
  if (authority[1]!.includes('@'))
    return fault('must not hold a user name or password; send an Authorization header instead')

  const parts = partsOf(text)
  if (parts.length > 2 * MOST_PLACEHOLDERS + 1)
    return fault(`must not hold more than ${MOST_PLACEHOLDERS} placeholders; take some out`)
  const unknown = parts.find((part, i) => i % 2 === 1 && !isPlaceholder(part))
  if (unknown !== undefined && variableOf(unknown) !== undefined)
    return fault(
      `holds {${unknown}}, which is no name of a variable; write small letters, digits and underscores, a letter first`,
    )
  if (unknown !== undefined)
    return fault(
      `holds {${unknown}}, which is not known; write {code}, {did}, {callerid}, {callername} or {var.NAME}`,
    )
  if (parts.some((part, i) => i % 2 === 0 && /[{}]/.test(part))) {
    return fault('holds a brace that opens or closes nothing; write %7B or %7D')
  }
  const url = URL.parse(parts.map((part, i) => (i % 2 === 1 ? 'x' : part)).join(''))
  if (!url) return fault('cannot be read; check the host name and the port')
  const path = partsOf(/\/\/([^?#]*)/.exec(text)![1]!)
  return {
    origin: url.origin,
    parts: partsOf(withoutFragment(text)),
    path: path.length > 1 ? path : undefined,
  }
}

const withoutFragment = (url: string): string => url.split('#', 1)[0]!

const partsOf = (text: string): string[] => text.split(/\{([^{}]*)\}/)

/** Fills in the values, each percent-encoded. A value that would walk up or down the path is a fault. */
export function expandTemplate(template: Template, values: WebhookValues): Expanded | TemplateFault {
  if (template.path && hasDotSegment(template.path, values))
    return fault('gets a path segment . or .. from a value')
  const url = new URL(fill(template.parts, (placeholder) => valueOf(placeholder, values))).href
  return { url, shown: shownUrl(template, values) ?? url }
}

function fill(parts: readonly string[], value: (placeholder: string) => string, before = ''): string {
  let text = ''
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!
    text += i % 2 === 1 ? before + encodeURIComponent(value(part).toWellFormed()) : part
  }
  return text
}

function valueOf(placeholder: string, values: WebhookValues): string {
  const name = variableOf(placeholder)
  if (name === undefined) return values[placeholder as Placeholder]
  for (const variables of [values.secretVariables, values.variables])
    if (variables && Object.hasOwn(variables, name)) return variables[name]!
  return ''
}

/** Codes and secret variables: a placeholder that stands for itself wherever people read the URL. */
function isSecret(placeholder: string, { secretVariables = {} }: WebhookValues): boolean {
  const name = variableOf(placeholder)
  return placeholder === 'code' || (name !== undefined && Object.hasOwn(secretVariables, name))
}

/**
 * For the journal: a value that holds a secret (an earlier reply may have echoed it) is masked as well. Undefined where
 * the URL may be shown as it is.
 */
function shownUrl({ parts }: Template, values: WebhookValues): string | undefined {
  const secrets = secretsIn(values)
  // A short secret is looked for in no text, and has its placeholder all the same.
  if (secrets.length === 0 && !parts.some((part, i) => i % 2 === 1 && isSecret(part, values)))
    return undefined
  const masked = createMask(secrets)
  const { href } = new URL(
    fill(parts, (placeholder) => {
      if (isSecret(placeholder, values)) return `{${placeholder}}`
      const value = valueOf(placeholder, values)
      return placeholder === 'did' || placeholder === 'callerid' ? value : masked(value)
    }),
  )
  return href.replaceAll(/%7B(code|var\.[a-z0-9_]+)%7D/g, '{$1}')
}

/** Whether a segment that holds a value became `.` or `..`, which a URL parser would take away (`%2e` is a dot too). */
function hasDotSegment(path: readonly string[], values: WebhookValues): boolean {
  // U+0000 cannot stand in a template: it marks the segments that a value had a part in.
  return fill(path, (placeholder) => valueOf(placeholder, values), '\0')
    .split('/')
    .filter((segment) => segment.includes('\0'))
    .some((segment) => /^\.{1,2}$/.test(segment.replaceAll('\0', '').replace(/%2e/gi, '.')))
}

function fault(rest: string): TemplateFault {
  return { fault: rest }
}
