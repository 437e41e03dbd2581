/** URL templates of webhooks: `https://crm.example/name?caller={callerid}`. */
import type { QuestionValues } from './call.ts'
import { maskCode } from './mask.ts'

type Placeholder = keyof QuestionValues

const PLACEHOLDERS: readonly string[] = ['code', 'did', 'callerid', 'callername'] satisfies Placeholder[]

/** A template that was found good. */
export interface Template {
  readonly text: string
  /** Scheme, host and port: no value can change them. */
  readonly origin: string
  /** Literals and placeholders in turn: `parts[1]`, `parts[3]`, … are placeholder names. */
  readonly parts: readonly string[]
}

/** What is wrong and what to write instead: the rest of a sentence that begins with `the URL`. */
export interface TemplateFault {
  readonly fault: string
}

/** A template with its values filled in. */
export interface Expanded {
  /** The URL to ask, without a fragment. */
  readonly url: string
  /** The same for people to read: `{code}` unexpanded. */
  readonly shown: string
}

/** Longer than servers and proxies read. It bounds the values too, each of which may be in it many times. */
const LONGEST = 2000

/** Reads a template. What it returns can be expanded any number of times; a fault is the plan author's to mend. */
export function parseTemplate(text: string): Template | TemplateFault {
  if (text.length > LONGEST) return fault(`must not be longer than ${LONGEST} characters`)
  // The parser of URLs drops blanks and line ends, and reads a backslash as a slash: neither may pass unseen.
  if (/[\s\\\p{Cc}]/u.test(text))
    return fault('must not hold blanks, line ends or backslashes; percent-encode them')
  const authority = /^https?:\/\/([^/?#]+)/i.exec(text)
  if (!authority) return fault('must begin with http:// or https:// and a host name')
  if (/[{}]/.test(authority[0]))
    return fault('scheme, host and port must not hold a placeholder; use it behind the host')
  if (authority[1]!.includes('@'))
    return fault('must not hold a user name or password; send an Authorization header instead')

  const parts = text.split(/\{([^{}]*)\}/)
  const unknown = parts.find((part, i) => i % 2 === 1 && !PLACEHOLDERS.includes(part))
  if (unknown !== undefined)
    return fault(`holds {${unknown}}, which is not known; write {code}, {did}, {callerid} or {callername}`)
  if (parts.some((part, i) => i % 2 === 0 && /[{}]/.test(part))) {
    return fault('holds a brace that opens or closes nothing; write %7B or %7D')
  }
  const url = URL.parse(parts.map((part, i) => (i % 2 === 1 ? 'x' : part)).join(''))
  if (!url) return fault('cannot be read; check the host name and the port')
  return { text, origin: url.origin, parts }
}

/** Fills in the values, each percent-encoded. A value that would walk up or down the path is a fault. */
export function expandTemplate(template: Template, values: QuestionValues): Expanded | TemplateFault {
  const filled = fill(template, values)
  if (hasDotSegment(template, values)) return fault('gets a path segment . or .. from a value')
  const url = new URL(filled)
  url.hash = ''
  return { url: url.href, shown: shownUrl(template, values) }
}

function fill(template: Template, values: QuestionValues): string {
  return template.parts
    .map((part, i) => (i % 2 === 1 ? encodeURIComponent(values[part as Placeholder].toWellFormed()) : part))
    .join('')
}

/** For the journal: a name that holds the code (an earlier reply may have echoed it) is masked as well. */
function shownUrl(template: Template, values: QuestionValues): string {
  const readable = { ...values, code: '{code}', callername: maskCode(values.callername, values.code) }
  const url = new URL(fill(template, readable))
  url.hash = ''
  return url.href.replaceAll('%7Bcode%7D', '{code}')
}

/** Whether a segment that holds a value became `.` or `..`, which a URL parser would take away (`%2e` is a dot too). */
function hasDotSegment(template: Template, values: QuestionValues): boolean {
  // U+0000 cannot stand in a template: it marks the segments that a value had a part in.
  const marked = template.parts
    .map((part, i) =>
      i % 2 === 1 ? `\0${encodeURIComponent(values[part as Placeholder].toWellFormed())}` : part,
    )
    .join('')
  const path = marked.slice(template.text.indexOf('//') + 2).split(/[?#]/)[0]!
  return path
    .split('/')
    .filter((segment) => segment.includes('\0'))
    .some((segment) => /^\.{1,2}$/.test(segment.replaceAll('\0', '').replace(/%2e/gi, '.')))
}

function fault(rest: string): TemplateFault {
  return { fault: rest }
}
