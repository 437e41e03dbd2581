/** Documents as large as they may be, in the shapes that cost most to check and to serve. */

/** Makes one of `share` (1 or less) of the largest size. */
export type Shape = (share: number) => string

const MIB4 = 4 * 1024 * 1024

const list = <T>(count: number, item: (i: number) => T): T[] =>
  Array.from({ length: Math.floor(count) }, (_, i) => item(i))
const named = <T>(count: number, item: (i: number) => T, name = (i: number) => `n${i}`): Record<string, T> =>
  Object.fromEntries(list(count, (i) => [name(i), item(i)]))
/** 64 characters that are a name, and that no other number gives. */
const long = (i: number) => i.toString(36).padStart(6, '0').padEnd(64, 'abcdefghij')
const webhook = { urlTemplate: 'https://crm.example/?n={callerid}' }
const ring = { type: 'bridge', destination: '215' }

/** One plan with these steps, and all that they may name. */
function withSteps(steps: readonly unknown[], more: object = {}): string {
  return JSON.stringify({
    audio: { hi: 'hi.wav' },
    webhooks: { crm: webhook },
    plans: { main: { numbers: ['1'], steps }, other: { steps: [] } },
    ...more,
  })
}

/** What fills the rest of a document's bytes, where nobody counts anything. */
function filled(document: string, share: number): string {
  const room = Math.floor(MIB4 * share) - document.length - 10
  return room <= 0 ? document : `${document.slice(0, -1)},"x-f":"${'x'.repeat(room)}"}`
}

const text = (length: number) => 'a'.repeat(length)

function nested(depth: number, of: (inner: unknown[]) => object): unknown[] {
  let steps: unknown[] = [ring]
  for (let i = 0; i < depth; i++) steps = [of(steps)]
  return steps
}

export function shapes(caps: {
  steps: number
  plans: number
  webhooks: number
  audio: number
  choices: number
  allChoices: number
  numbers: number
  headers: number
}): Record<string, Shape> {
  const { steps, plans, webhooks, audio, choices, allChoices, numbers, headers } = caps
  const ofSteps = (step: (i: number) => unknown) => (share: number) => withSteps(list(steps * share, step))
  const entry = { startMessage: 'hi', errorMessage: 'hi', timeoutMessage: 'hi' }
  return {
    bridges: ofSteps(() => ({
      ...ring,
      strategy: 'sequential',
      destination: list(20, (i) => `+3150210${String(i).padStart(4, '0')}`),
    })),
    'webhook steps': ofSteps(() => ({ type: 'webhook', webhook: 'crm' })),
    transfers: ofSteps(() => ({ type: 'transfer', destination: '8000' })),
    codes: ofSteps(() => ({ type: 'ivr', ...entry, success: [] })),
    plays: ofSteps(() => ({ type: 'play', audio: 'hi' })),
    hangups: ofSteps(() => ({ type: 'hangup' })),
    gotos: ofSteps(() => ({ type: 'goto', plan: 'other' })),
    names: ofSteps(() => ({ type: 'callername', mode: 'replace', text: '日'.repeat(64) })),
    'notes and ids': ofSteps((i) => ({ ...ring, id: long(i), note: text(700) })),
    'deep webhooks': (share) =>
      withSteps(
        list((steps * share) / 60, () =>
          nested(60, (inner) => ({ type: 'webhook', webhook: 'crm', success: inner })),
        ).flat(),
      ),
    'deep bridges': (share) =>
      withSteps(
        list((steps * share) / 60, () =>
          nested(60, (inner) => ({ ...ring, on: { busy: inner, failed: [] } })),
        ).flat(),
      ),
    'one menu': (share) =>
      withSteps([
        {
          type: 'ivr',
          ...entry,
          choices: named(
            choices * share,
            () => [ring],
            (i) => String(i).padStart(6, '0'),
          ),
        },
      ]),
    menus: (share) =>
      withSteps(
        list((allChoices / choices) * share, () => ({
          type: 'ivr',
          ...entry,
          choices: named(
            choices,
            () => [],
            (i) => String(i).padStart(64, '0'),
          ),
        })),
      ),
    'small menus': (share) =>
      withSteps(
        list((allChoices / 2) * share, () => ({ type: 'ivr', ...entry, choices: { '1': [], '2': [] } })),
      ),
    'webhooks with headers': (share) =>
      withSteps([], {
        webhooks: named(
          webhooks * share,
          () => ({
            ...webhook,
            headers: named(
              headers,
              () => text(94),
              (i) => `h${i}`,
            ),
          }),
          long,
        ),
      }),
    'webhooks with fat headers': (share) =>
      withSteps([], {
        webhooks: named(webhooks * share * 0.48, () => ({ ...webhook, headers: named(2, () => text(4050)) })),
      }),
    'webhooks with everything': (share) =>
      withSteps([], {
        webhooks: named(webhooks * share, () => ({
          urlTemplate: `https://x/${'{callername}'.repeat(32)}`,
          fallbackUrlTemplate: `https://x/${text(1900)}`,
          ivr: entry,
          waitAudio: 'hi',
          description: text(800),
          signingSecret: ['env:A', 'env:B'],
        })),
      }),
    plans: (share) =>
      JSON.stringify({
        plans: named(
          plans * share,
          (i) => ({
            numbers: [`${i}`],
            steps: [{ type: 'goto', plan: long((i + 1) % (plans * share)) }, ring],
          }),
          long,
        ),
      }),
    'plans that go in a mesh': (share) =>
      JSON.stringify({
        audio: { hi: 'hi.wav' },
        plans: named(plans * share, (i) => ({
          numbers: [`${i}`],
          steps: [
            {
              type: 'ivr',
              startMessage: 'hi',
              choices: named(
                4,
                (j) => [{ type: 'goto', plan: `n${(i * 7 + j * 13) % (plans * share)}` }],
                String,
              ),
            },
          ],
        })),
      }),
    audio: (share) =>
      withSteps(
        list(audio * share, (i) => ({ type: 'play', audio: long(i) })),
        { audio: named(audio * share, () => text(120), long) },
      ),
    numbers: (share) =>
      JSON.stringify({
        plans: { main: { numbers: list(numbers * share, (i) => `+3150${2_000_000 + i}`), steps: [ring] } },
      }),
    'national numbers': (share) =>
      JSON.stringify({
        plans: { main: { numbers: list(numbers * share, (i) => `050 - ${2_000_000 + i}`), steps: [ring] } },
      }),
    'numbers of 64 characters': (share) =>
      JSON.stringify({
        plans: {
          main: { numbers: list(numbers * share * 0.6, (i) => `0${i}`.padEnd(40, ' ')), steps: [ring] },
        },
      }),
    prefixes: (share) =>
      JSON.stringify({ plans: { main: { numbers: list(numbers * share, (i) => `${i}*`), steps: [ring] } } }),
    'a long field that is ignored': (share) => filled(withSteps([ring]), share),
    'fields that are ignored': (share) =>
      withSteps([ring], {
        webhooks: {
          crm: {
            ...webhook,
            ...named(
              300_000 * share,
              () => 1,
              (i) => `x-${i}`,
            ),
          },
        },
      }),
    'an object that is ignored': (share) =>
      withSteps([ring], { $schema: 'a', 'x-a': named(330_000 * share, () => 1) }),
    'a list that is ignored': (share) => withSteps([ring], { 'x-a': list(2_090_000 * share, () => 1) }),
    'objects that are ignored': (share) => withSteps([ring], { 'x-a': list(1_390_000 * share, () => ({})) }),
    // and documents with faults
    'unknown audio': (share) =>
      withSteps(
        list(steps * share, (i) => ({ type: 'play', audio: long(i) })),
        {
          audio: named(
            200,
            () => 'a.wav',
            (i) => `b${long(i)}`.slice(0, 64),
          ),
        },
      ),
    'unknown names among many': (share) =>
      withSteps(
        list(steps * share, (i) => ({ type: 'play', audio: `b${i}` })),
        { audio: named(audio * share, () => 'a.wav') },
      ),
    'steps of no type': ofSteps(() => ({ type: 'nap' })),
    'steps without anything': ofSteps(() => ({})),
    'destinations of the wrong kind': ofSteps(() => ({ type: 'bridge', destination: list(20, () => 3) })),
    'deep wrong steps': (share) =>
      withSteps(
        list((steps * share) / 60, () =>
          nested(60, (inner) => ({ type: 'webhook', webhok: 'crm', success: inner })),
        ).flat(),
      ),
    'unknown fields': (share) => `{${list(300_000 * share, (i) => `"f${i}":1`).join(',')}}`,
    'unknown fields of a webhook': (share) =>
      withSteps([], { webhooks: { crm: { ...webhook, ...named(330_000 * share, () => 1) } } }),
    'secrets past counting': (share) =>
      withSteps([], { webhooks: { crm: { ...webhook, signingSecret: list(2_000_000 * share, () => 1) } } }),
    'destinations past counting': (share) =>
      withSteps([{ type: 'bridge', destination: list(2_000_000 * share, () => 1) }]),
    'unknown fields of webhooks': (share) =>
      withSteps([], { webhooks: named(webhooks * share, () => ({ ...webhook, ...named(400, () => 1) })) }),
    'the same key': (share) => `{${list(600_000 * share, () => '"a":1').join(',')}}`,
    'the same number': (share) =>
      JSON.stringify({
        plans: { main: { numbers: list(numbers * share, () => '+31502100000'), steps: [ring] } },
      }),
    'numbers that are none': (share) =>
      JSON.stringify({ plans: { main: { numbers: list(numbers * share, () => 'no'), steps: [ring] } } }),
    'numbers of the wrong kind': (share) =>
      JSON.stringify({ plans: { main: { numbers: list(numbers * share, () => 1), steps: [ring] } } }),
    'steps past counting': (share) => withSteps(list(190_000 * share, () => ({ type: 'hangup' }))),
    'headers past counting': (share) =>
      withSteps([], { webhooks: { crm: { ...webhook, headers: named(250_000 * share, () => '') } } }),
    commas: (share) => ','.repeat(MIB4 * share),
    quotes: (share) => '"'.repeat(MIB4 * share),
    'half surrogates': (share) => JSON.stringify({ 'x-a': list(400_000 * share, () => '\ud800') }),
    'what is no UTF-8': (share) => `{"a":"${'é'.repeat((MIB4 / 2) * share)}`,
  }
}
