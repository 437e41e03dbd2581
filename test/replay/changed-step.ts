/** A plan with one of its steps changed, so that calls notice. */

type Fields = Record<string, unknown>

const ALWAYS = [{ days: 'mon-sun', from: '00:00', to: '24:00' }]

/** What each type of step does otherwise than before. `again` is a webhook of the document that no step names. */
const CHANGES: Readonly<Record<string, (step: Fields) => Fields>> = {
  webhook: (step) => ({ ...step, webhook: 'again' }),
  notify: (step) => ({ ...step, webhook: 'again' }),
  callername: ({ id }) => ({
    ...(id !== undefined && { id }),
    type: 'callername',
    mode: 'replace',
    text: 'Changed',
  }),
  callerid: ({ presentation, ...step }) => ({
    ...step,
    presentation: presentation === 'called' ? 'caller' : 'called',
  }),
  bridge: ({ from: _, ...step }) => ({ ...step, destination: '299' }),
  // Cases that fit no number, and one that fits all: no switch at random has so many.
  switch: ({ default: _, ...step }) => ({
    ...{ ...step, on: 'did' },
    cases: [...Array.from({ length: 8 }, (_, i) => `99${i}`), '+*'].map((match) => ({ match, steps: [] })),
  }),
  // Names that are in no record.
  voicemail: (step) => ({ ...step, mailbox: '298' }),
  queue: (step) => ({ ...step, queue: 'elsewhere' }),
  transfer: (step) => ({ ...step, destination: '8999' }),
  ivr: (step) => ({ ...step, startMessage: 'other' }),
  play: (step) => ({ ...step, audio: 'other' }),
  hangup: ({ cause, ...step }) => ({ ...step, cause: cause === 'USER_BUSY' ? 'CALL_REJECTED' : 'USER_BUSY' }),
  record: ({ announce: _, stop, ...step }) => ({ ...step, ...(stop === undefined && { stop: true }) }),
  call: (step) => ({ ...step, plan: 'elsewhere' }),
  goto: (step) => ({ ...step, plan: 'elsewhere' }),
  schedule: ({ closedOn: _, ...step }) => ({
    ...step,
    hours: (step['hours'] as object[]).length > 0 ? [] : ALWAYS,
  }),
}

/** `name`: the step's in the journal, which the document has. */
export function withStepChanged(document: object, name: string): object {
  const copy = structuredClone(document) as { plans: Fields; webhooks: Fields; audio: Fields }
  let changed = 0
  const change = (steps: unknown, at: string): unknown =>
    (steps as Fields[]).map((step, i) => {
      const place = `${at}/${i}`
      if ((step['id'] ?? place) !== name) return within(step, place)
      changed++
      return CHANGES[step['type'] as string]!(step)
    })
  const within = (step: Fields, place: string): Fields =>
    Object.fromEntries(
      Object.entries(step).map(([field, value]) => {
        if (['success', 'failure', 'open', 'closed', 'default'].includes(field))
          return [field, change(value, `${place}/${field}`)]
        if (field === 'cases') {
          const cases = (value as Fields[]).map(({ steps, ...one }, i) => ({
            ...one,
            steps: change(steps, `${place}/cases/${i}/steps`),
          }))
          return [field, cases]
        }
        if ((field !== 'on' && field !== 'choices') || step['type'] === 'switch') return [field, value]
        const lists = Object.entries(value as Fields).map(([key, list]) => [
          key,
          change(list, `${place}/${field}/${key}`),
        ])
        return [field, Object.fromEntries(lists)]
      }),
    )
  for (const [plan, spec] of Object.entries(copy.plans) as [string, Fields][])
    spec['steps'] = change(spec['steps'], plan)
  if (changed !== 1) throw new Error(`${name} is there ${changed} times`)
  copy.webhooks['again'] = { urlTemplate: 'https://again.example/' }
  copy.audio['other'] = 'other.wav'
  copy.plans['elsewhere'] = { steps: [{ type: 'hangup', cause: 'NORMAL_TEMPORARY_FAILURE' }] }
  return copy
}
