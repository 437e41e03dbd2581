/**
 * FreeSWITCH's switch_separate_string (switch_utils.c) as the tests' judge of what it makes of an argument:
 * splits at the delimiter outside quotes, then drops quotes, reads escapes and cuts blanks around.
 */
export function separate(text: string, delimiter: string): string[] {
  const parts = delimiter === ' ' ? splitAtBlanks(text) : splitAt(text, delimiter)
  return parts.map((part) => cleanUp(part, delimiter === ' ' ? '' : delimiter))
}

function splitAtBlanks(text: string): string[] {
  const parts: string[] = []
  let at = 0
  while (at < text.length) {
    while (text[at] === ' ') at++
    let part = ''
    let quoted = false
    for (; at < text.length && (quoted || text[at] !== ' '); at++) {
      if (text[at] === '\\') part += text[at++]!
      else if (text[at] === "'") quoted = !quoted
      part += text[at] ?? ''
    }
    parts.push(part)
    while (text[at] === ' ') at++
  }
  return parts
}

function splitAt(text: string, delimiter: string): string[] {
  const parts = ['']
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') parts.push(`${parts.pop()!}${text[at++]!}`)
    else if (text[at] === "'" && (quoted || text.includes("'", at + 1))) quoted = !quoted
    else if (text[at] === delimiter && !quoted) {
      parts.push('')
      continue
    }
    parts.push(`${parts.pop()!}${text[at] ?? ''}`)
  }
  return parts
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  s: ' ',
  "'": "'",
  '"': '"',
  '\\': '\\',
}

function cleanUp(text: string, delimiter: string): string {
  let cleaned = ''
  let end = 0
  let quoted = false
  for (let at = text.search(/[^ ]|$/); at < text.length; at++) {
    const next = text[at + 1] ?? ''
    const meant = next !== '' && next === delimiter ? delimiter : escapes[next]
    if (text[at] === '\\' && meant !== undefined) {
      cleaned += meant
      end = cleaned.length
      at++
    } else if (text[at] === "'" && (quoted || text.includes("'", at + 1))) {
      quoted = !quoted
      if (quoted) end = cleaned.length
    } else {
      cleaned += text[at]!
      if (text[at] !== ' ' || quoted) end = cleaned.length
    }
  }
  return cleaned.slice(0, end)
}
