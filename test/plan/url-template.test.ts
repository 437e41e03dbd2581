import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WebhookValues } from '../../src/plan/webhook-request.ts'
import { expandTemplate, parseTemplate, type Template } from '../../src/plan/url-template.ts'

const values: WebhookValues = {
  code: '4711',
  did: '+31502100000',
  callerid: '+31612345678',
  callername: 'Jane Doe',
}

function template(text: string): Template {
  const parsed = parseTemplate(text)
  if ('fault' in parsed) throw new Error(parsed.fault)
  return parsed
}

const expand = (text: string, more: Partial<WebhookValues> = {}) =>
  expandTemplate(template(text), { ...values, ...more })

test('§3 every value is percent-encoded', () => {
  expect(
    expand('https://crm.example/{did}/x?c={callerid}&n={callername}&k={code}', { callername: 'A&B=C#?/ é' }),
  ).toEqual({
    url: 'https://crm.example/%2B31502100000/x?c=%2B31612345678&n=A%26B%3DC%23%3F%2F%20%C3%A9&k=4711',
    shown: 'https://crm.example/%2B31502100000/x?c=%2B31612345678&n=A%26B%3DC%23%3F%2F%20%C3%A9&k={code}',
  })
})

test('§4 for the journal {code} stays as it is, in the path too, and a name that echoes the code is masked', () => {
  const expanded = expand('https://crm.example/{code}/x?n={callername}', { callername: 'PIN 4711' })
  expect(expanded).toMatchObject({
    shown: 'https://crm.example/{code}/x?n=PIN%20%E2%80%A2%E2%80%A2%E2%80%A2',
  })
  expect(expanded).toMatchObject({ url: 'https://crm.example/4711/x?n=PIN%204711' })
})

test('a template is refused when it is longer than any URL: each value may be in it many times', () => {
  const longest = 'https://crm.example/?'.padEnd(2000, 'x')
  expect(parseTemplate(longest)).toMatchObject({ parts: [longest] })
  expect(parseTemplate(`${longest}x`)).toMatchObject({ fault: expect.stringContaining('2000') as string })
})

test('§3 a fragment is never sent', () => {
  expect(expand('https://crm.example/a#{did}')).toMatchObject({ url: 'https://crm.example/a' })
})

test.each([
  ['https://{did}.example/', 'placeholder'],
  ['{did}://crm.example/', 'http:// or https://'],
  ['http{code}://crm.example/', 'http:// or https://'],
  ['https://crm.example:{code}/', 'placeholder'],
  ['https://{code}@crm.example/', 'placeholder'],
  ['https://user:pass@crm.example/', 'Authorization'],
  ['https://crm.example/{number}', 'holds {number}'],
  ['https://crm.example/{Code}', 'holds {Code}'],
  ['https://crm.example/{}', 'holds {}'],
  [`https://crm.example/${'{did}'.repeat(33)}`, '32 placeholders'],
  ['https://crm.example/{did', 'brace'],
  ['https://crm.example/did}', 'brace'],
  ['ftp://crm.example/', 'http:// or https://'],
  ['//crm.example/', 'http:// or https://'],
  ['https:///path', 'http:// or https://'],
  ['https:crm.example/', 'http:// or https://'],
  ['https://crm.example:99999/', 'cannot be read'],
  ['https://crm example/', 'blanks'],
  ['https://crm.example\\@evil.example/{did}', 'backslashes'],
  ['https://crm.example/\n{did}', 'line ends'],
  ['', 'http:// or https://'],
])('§3 the template %j is refused', (text, why) => {
  const parsed = parseTemplate(text)
  expect('fault' in parsed && parsed.fault).toContain(why)
})

test.each([
  ['https://crm.example/{callername}/x', '.'],
  ['https://crm.example/{callername}/x', '..'],
  ['https://crm.example/a/{callername}', '..'],
  ['https://crm.example/.{callername}/x', '.'],
  ['https://crm.example/%2e{callername}', '.'],
  ['https://crm.example/%2E{callername}?q=1', '.'],
  ['https://crm.example/.{callername}./x', ''],
])('§3 in %j the name %j makes a segment that walks the path: nothing to send', (text, callername) => {
  expect(expand(text, { callername })).toHaveProperty('fault')
})

test('§3 dots elsewhere are just dots', () => {
  expect(expand('https://crm.example/a{callername}/?x={callername}', { callername: '..' })).toMatchObject({
    url: 'https://crm.example/a../?x=..',
  })
})

test('§3 no value changes scheme, host, port or the number of path segments', () => {
  const parsed = template('https://crm.example:8443/a/{callername}/b?q={callerid}')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (callername, callerid) => {
      const expanded = expandTemplate(parsed, { ...values, callername, callerid })
      if ('fault' in expanded) return expect(['.', '..']).toContain(callername)
      const url = new URL(expanded.url)
      expect(url.origin).toBe(parsed.origin)
      expect(url.pathname.split('/')).toHaveLength(4)
      expect([...url.searchParams.keys()]).toEqual(['q'])
      expect(url.searchParams.get('q')).toBe(callerid.toWellFormed())
    }),
    { seed: 1 },
  )
})

test('§3 no template makes it throw, and what is taken can always be filled in', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'http://',
      'https://',
      'crm.example',
      ':8443',
      '/',
      '?',
      '#',
      '@',
      '{did}',
      '{code}',
      '{',
      '}',
      '..',
      '%2e',
      '%',
      '[::1]',
    ),
    fc.string({ unit: 'binary', maxLength: 5 }),
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.string({ unit: 'binary', maxLength: 8 }),
      (pieces, did) => {
        const parsed = parseTemplate(`http://${pieces.join('')}`)
        if ('fault' in parsed) return
        const expanded = expandTemplate(parsed, { ...values, did })
        if (!('fault' in expanded)) expect(new URL(expanded.url).origin).toBe(parsed.origin)
      },
    ),
    { seed: 1, numRuns: 2000 },
  )
})

test('§3 variables are filled in and encoded like other values, nothing for one that there is none of', () => {
  const url = 'https://crm.example/{var.tier}/x?a={var.a_1}&n={var.none}&c={var.constructor}'
  expect(expand(url, { variables: { tier: 'gold & co', a_1: '日' } })).toMatchObject({
    url: 'https://crm.example/gold%20%26%20co/x?a=%E6%97%A5&n=&c=',
  })
})

test('§3 for the journal secret variables stay as they are written, and what holds one is masked', () => {
  const expanded = expand('https://crm.example/{var.token}?t={var.tier}&n={callername}', {
    callername: 'Jane s3cret',
    variables: { tier: 'a-s3cret' },
    secretVariables: { token: 's3cret' },
  })
  expect(expanded).toEqual({
    url: 'https://crm.example/s3cret?t=a-s3cret&n=Jane%20s3cret',
    shown:
      'https://crm.example/{var.token}?t=a-%E2%80%A2%E2%80%A2%E2%80%A2&n=Jane%20%E2%80%A2%E2%80%A2%E2%80%A2',
  })
})

test.each(['{var.Tier}', '{var.}', '{var.9}', '{var.a-b}'])(
  '§3 a template that holds %s is refused',
  (placeholder) => {
    expect(parseTemplate(`https://crm.example/${placeholder}`)).toEqual({
      fault: expect.stringContaining(`holds ${placeholder}, which is no name of a variable`) as string,
    })
  },
)

test('§3 a secret variable stands as its placeholder in what people read, however short it is', () => {
  const template = parseTemplate('https://crm.example/?t={var.token}&n={callername}')
  if ('fault' in template) throw new Error(template.fault)
  const values = { code: '', did: '', callerid: '', callername: 'Jane 7', secretVariables: { token: '7' } }
  expect(expandTemplate(template, values)).toEqual({
    url: 'https://crm.example/?t=7&n=Jane%207',
    shown: 'https://crm.example/?t={var.token}&n=Jane%207',
  })
})
