/** What may be put in at the cursor: fields, whole steps, values, and names that the document has. */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import type { EditorState } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { type JsonPlace, namesAt, placeAt, textAt } from './json-place.ts'
import { firstValue, namesEntryOf, type Schema, schemasAt, valuesOf } from './plan-schema.ts'

type Proposal = Pick<Completion, 'label' | 'detail' | 'info' | 'boost'> & {
  /** As JSON. */
  readonly text: string
  /** Of a field: what it begins with, unless it has a value. */
  readonly value?: string
}

export function completePlan(root: Schema): (context: CompletionContext) => CompletionResult | null {
  return ({ state, pos, explicit }) => {
    const place = placeAt(state, pos)
    if (!place) return null
    const { from, to } = place
    // What one writes with quotes is in them by then; without them, only who asks is answered.
    if (from === to && !explicit && !isFresh(state, pos)) return null
    // What is typed is compared with what is between the quotes, and all of it replaced.
    const open = pos > from && state.sliceDoc(from, from + 1) === '"' ? 1 : 0
    const close = open === 1 && to - from > 1 && state.sliceDoc(to - 1, to) === '"' ? 1 : 0
    const schemas = schemasAt(root, place.path, (path) => textAt(state, path))
    const found = place.kind === 'name' ? namesOf(schemas, place) : valuesAt(state, schemas)
    const options = found.map(({ text, value, ...completion }) => ({
      ...completion,
      apply: (view: EditorView, _: Completion, begin: number, end: number) =>
        put(view, begin - open, end + close, text, value),
    }))
    return options.length === 0 ? null : { from: from + open, to: to - close, options }
  }
}

/** Right behind what opens an entry. */
function isFresh(state: EditorState, pos: number): boolean {
  return /[:[{,]\s?$/.test(state.sliceDoc(Math.max(0, pos - 2), pos))
}

function namesOf(schemas: readonly Schema[], { taken }: JsonPlace): Proposal[] {
  const known = new Map<string, Proposal>()
  for (const { properties = {}, required = [] } of schemas)
    for (const [name, schema] of Object.entries(properties)) {
      if (taken.includes(name) || known.has(name)) continue
      known.set(name, {
        label: name,
        ...(schema.title !== undefined && { detail: schema.title }),
        ...infoOf(schema),
        boost: required.includes(name) ? 50 : 0,
        text: JSON.stringify(name),
        value: firstValue(schema),
      })
    }
  return [...known.values()]
}

function valuesAt(state: EditorState, schemas: readonly Schema[]): Proposal[] {
  const known = new Map<string, Proposal>()
  const add = (proposal: Proposal) => {
    if (!known.has(proposal.label)) known.set(proposal.label, proposal)
  }
  for (const schema of schemas) {
    const part = namesEntryOf(schema)
    const names = part === undefined ? [] : namesAt(state, [part])
    for (const name of names) add({ label: name, detail: part!, text: JSON.stringify(name) })
    for (const value of valuesOf(schema))
      add({ label: String(value), ...infoOf(schema), text: JSON.stringify(value) })
    const [example] = schema.examples ?? []
    if (schema.type === 'object' && example !== undefined)
      add({
        label: schema.title ?? '{}',
        detail: '{ … }',
        ...infoOf(schema),
        text: JSON.stringify(example, undefined, 2),
      })
  }
  return [...known.values()]
}

const infoOf = ({ description }: Schema) => (description === undefined ? {} : { info: description })

/** Lines are indented as the one that it is in, commas set that are needed, and the cursor into what a field begins with. */
function put(view: EditorView, from: number, to: number, text: string, value?: string): void {
  const { state } = view
  const isField = value !== undefined && !/^\s*:/.test(state.sliceDoc(to, to + 20))
  const indent = /^\s*/.exec(state.doc.lineAt(from).text)![0]
  const laid = text.replaceAll('\n', `\n${indent}`) + (isField ? `: ${value}` : '')
  const before = /["}\]\dEel](\s*)$/.exec(state.sliceDoc(Math.max(0, from - 200), from))
  const commaAt = before ? [{ from: from - before[1]!.length, insert: ',' }] : []
  const comma = isNext(state, to) ? ',' : ''
  const back = isField && /^["[{]/.test(value) ? 1 : 0
  view.dispatch({
    changes: [...commaAt, { from, to, insert: laid + comma }],
    selection: { anchor: from + commaAt.length + laid.length - back },
    userEvent: 'input.complete',
    scrollIntoView: true,
  })
}

/** Another entry follows. */
function isNext(state: EditorState, position: number): boolean {
  return /^\s*["{[\d]/.test(state.sliceDoc(position, position + 200))
}
