/** switch_separate_string (switch_utils.c), with its quotes, escapes and limits. */

const UNESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', s: ' ' }

/**
 * Splits `text` at `delimiter`, or at what a leading `^^` names. At most `limit` parts, the last of which swallows
 * the rest. A blank as delimiter counts a run of blanks as one.
 */
export function separate(text: string, delimiter: string, limit: number): string[] {
  const renamed = text.startsWith('^^') && text.length > 3
  const by = renamed ? text[2]! : delimiter
  const source = renamed ? text.slice(3) : text
  return by === ' ' ? atBlanks(source, limit) : atDelimiter(source, by, limit)
}

function atDelimiter(text: string, delimiter: string, limit: number): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  let at = 0
  while (at < text.length && parts.length < limit - 1) {
    const character = text[at]
    if (character === '\\') at += 1
    else if (character === "'" && (quoted || text.includes("'", at + 1))) quoted = !quoted
    else if (character === delimiter && !quoted) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
    at += 1
  }
  if (start < text.length) parts.push(text.slice(start))
  return parts.map((part) => cleanUp(part, delimiter))
}

function atBlanks(text: string, limit: number): string[] {
  const parts: string[] = []
  let at = 0
  while (at < text.length && parts.length < limit) {
    while (text[at] === ' ') at += 1
    const start = at
    let quoted = false
    while (at < text.length && (quoted || text[at] !== ' ' || parts.length === limit - 1)) {
      if (text[at] === '\\') at += 1
      else if (text[at] === "'") quoted = !quoted
      at += 1
    }
    parts.push(text.slice(start, at))
    while (text[at] === ' ') at += 1
  }
  return parts.map((part) => cleanUp(part, ''))
}

/** Takes quotes and escapes off, and blanks at both ends unless they were quoted or escaped. */
function cleanUp(part: string, delimiter: string): string {
  let clean = ''
  let end = -1
  let quoted = false
  let at = 0
  while (part[at] === ' ') at += 1
  for (; at < part.length; at += 1) {
    const character = part[at]!
    const escaped = character === '\\' ? unescaped(part[at + 1], delimiter) : undefined
    if (escaped !== undefined) {
      clean += escaped
      end = clean.length
      at += 1
    } else if (character === "'" && (quoted || part.includes("'", at + 1))) {
      quoted = !quoted
      if (quoted) end = clean.length
    } else {
      clean += character
      if (character !== ' ' || quoted) end = clean.length
    }
  }
  return end < 0 ? clean : clean.slice(0, end)
}

function unescaped(next: string | undefined, delimiter: string): string | undefined {
  if (next === undefined) return undefined
  if (next === "'" || next === '"' || next === '\\' || next === delimiter) return next
  return UNESCAPED[next]
}
