/** What may be put in at the cursor: fields, whole steps, values, and names that the document has. */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { getIndentUnit, indentUnit } from '@codemirror/language'
import type { EditorState } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { type JsonPlace, namesAt, placeAt, textAt } from './json-place.ts'
import { firstValue, namesEntryOf, type Schema, schemasAt, valuesOf } from './plan-schema.ts'

export function completePlan(root: Schema): (context: CompletionContext) => CompletionResult | null {
  return ({ state, pos, explicit }) => {
    const place = placeAt(state, pos)
    if (!place) return null
    const { from, to } = place
    // What one writes with quotes is in them by then; without them, only who asks is answered.
    if (from === to && !explicit && !isFresh(state, pos)) return null
    const schemas = schemasAt(root, place.path, (path) => textAt(state, path))
    const options = place.kind === 'name' ? namesOf(schemas, place) : valuesAt(state, schemas)
    return options.length === 0 ? null : { from, to, options, filter: true }
  }
}

/** Right behind what opens an entry. */
function isFresh(state: EditorState, pos: number): boolean {
  return /[:[{,]\s?$/.test(state.sliceDoc(Math.max(0, pos - 2), pos))
}

function namesOf(schemas: readonly Schema[], { taken }: JsonPlace): Completion[] {
  const known = new Map<string, Completion>()
  for (const { properties = {}, required = [] } of schemas)
    for (const [name, schema] of Object.entries(properties)) {
      if (taken.includes(name) || known.has(name)) continue
      known.set(name, {
        label: `"${name}"`,
        displayLabel: name,
        detail: schema.title,
        info: schema.description,
        type: 'property',
        boost: required.includes(name) ? 50 : 0,
        apply: putField(name, schema),
      })
    }
  return [...known.values()]
}

function valuesAt(state: EditorState, schemas: readonly Schema[]): Completion[] {
  const found = new Map<string, Completion>()
  const add = (completion: Completion) => {
    if (!found.has(completion.label)) found.set(completion.label, completion)
  }
  for (const schema of schemas) {
    const part = namesEntryOf(schema)
    if (part !== undefined)
      for (const name of namesAt(state, [part]))
        add({ label: JSON.stringify(name), displayLabel: name, detail: part, type: 'variable' })
    for (const value of valuesOf(schema))
      add({
        label: JSON.stringify(value),
        displayLabel: String(value),
        info: schema.description,
        type: 'enum',
      })
    const [example] = schema.examples ?? []
    if (schema.type === 'object' && example !== undefined)
      add({
        label: `{"${schema.title ?? ''}"}`,
        displayLabel: schema.title ?? '{}',
        detail: '{ … }',
        info: schema.description,
        type: 'class',
        apply: (view, _, from, to) => put(view, from, to, JSON.stringify(example, undefined, 2)),
      })
  }
  return [...found.values()]
}

/** With what it begins with, and the cursor in that. */
function putField(name: string, schema: Schema): Completion['apply'] {
  return (view, _, from, to) => {
    const hasValue = /^\s*:/.test(view.state.sliceDoc(to, to + 20))
    if (hasValue) put(view, from, to, `"${name}"`)
    else {
      const value = firstValue(schema)
      put(view, from, to, `"${name}": ${value}`, /^["[{]/.test(value) ? -1 : 0)
    }
  }
}

/** `back`: where the cursor comes to stand, from the end. Lines are indented as the one that it is in, and commas set that are needed. */
function put(view: EditorView, from: number, to: number, text: string, back = 0): void {
  const { state } = view
  const indent = /^\s*/.exec(state.doc.lineAt(from).text)![0]
  const unit = state.facet(indentUnit).length === getIndentUnit(state) ? state.facet(indentUnit) : '  '
  const laid = text
    .split('\n')
    .map((line, i) =>
      i === 0 ? line : indent + line.replace(/^(?: {2})+/, (blanks) => unit.repeat(blanks.length / 2)),
    )
    .join('\n')
  const comma = /^\s*["{[\d]/.test(state.sliceDoc(to, to + 200)) ? ',' : ''
  const before = /(["}\]\dEel])(\s*)$/.exec(state.sliceDoc(Math.max(0, from - 200), from))
  const at = before ? from - before[2]!.length : undefined
  view.dispatch({
    changes: [...(at === undefined ? [] : [{ from: at, insert: ',' }]), { from, to, insert: laid + comma }],
    selection: { anchor: from + (at === undefined ? 0 : 1) + laid.length + back },
    userEvent: 'input.complete',
    scrollIntoView: true,
  })
}
