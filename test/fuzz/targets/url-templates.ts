import fc from 'fast-check'
import { expandTemplate, parseTemplate } from '../../../src/plan/url-template.ts'
import { hostileText } from '../arbitraries.ts'
import { target } from '../target.ts'

const piece = fc.oneof(
  fc.constantFrom('/', '?', '&', '=', '#', '{code}', '{did}', '{callerid}', '{callername}', '{var.tier}', '{var.token}', '{var.none}', '{var.constructor}', '{var.}', '{x}', 'a', '..', '.', '%2e', ':8080', '@', '\\'),
  hostileText,
) // prettier-ignore
const template = fc
  .tuple(
    fc.constantFrom(
      'https://crm.example',
      'http://crm.example:81',
      'https://[::1]',
      'ftp://x',
      'https://',
      '',
    ),
    fc.array(piece, { maxLength: 6 }),
  )
  .map(([origin, pieces]) => origin + pieces.join(''))
const TOKEN = 'T0p 5ecret/日'
const values = fc.record({
  code: fc.oneof(fc.constant(''), fc.constantFrom('1234', '0#*')),
  did: hostileText,
  callerid: hostileText,
  callername: fc.oneof(
    hostileText,
    hostileText.map((text) => text + TOKEN),
  ),
  variables: fc.dictionary(
    fc.constantFrom('tier', 'constructor', 'code'),
    fc.oneof(
      hostileText,
      hostileText.map((text) => TOKEN + text),
    ),
  ),
  secretVariables: fc.oneof(
    fc.constant({ token: TOKEN }),
    fc.dictionary(fc.constantFrom('token', 'tier'), hostileText),
  ),
})

export const urlTemplates = target({
  name: 'URL templates and their values',
  few: 3000,
  many: 300_000,
  pure: true,
  inputs: fc.tuple(template, values),
  open: () => ({
    attempt([text, given]) {
      const parsed = parseTemplate(text)
      if ('fault' in parsed) return
      const expanded = expandTemplate(parsed, given)
      if ('fault' in expanded) return
      const url = new URL(expanded.url)
      if (url.origin !== parsed.origin) throw new Error(`${text} goes to ${url.origin}`)
      if (url.hash !== '' || url.username !== '' || url.password !== '')
        throw new Error('more than a path and a query')
      if (/[\s\p{Cc}]/u.test(expanded.url)) throw new Error('a URL of two lines')
      if (given.secretVariables['token'] === TOKEN)
        for (const spelt of [TOKEN, encodeURIComponent(TOKEN)])
          if (expanded.shown.includes(spelt)) throw new Error(`${text} shows what is secret`)
      // A value is one piece of the path or of the query, whatever is in it.
      const plain = expandTemplate(parsed, {
        ...{ code: '1', did: 'x', callerid: 'x', callername: 'x' },
        variables: { tier: 'x', token: 'x', constructor: 'x' },
      })
      if ('fault' in plain) throw new Error('a fault of the template')
      if (url.pathname.split('/').length !== new URL(plain.url).pathname.split('/').length)
        throw new Error('a value moved in the path')
      if ([...url.searchParams].length > [...new URL(plain.url).searchParams].length)
        throw new Error('a value became a parameter')
    },
  }),
})
