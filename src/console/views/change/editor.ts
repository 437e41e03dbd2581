/**
 * The editor: CodeMirror in a shadow root, since the policy of the page forbids `<style>` elements, and only there CodeMirror
 * adopts its style sheets. A chunk of its own.
 */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete'
import { standardKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { EditorState } from '@codemirror/state'
import { EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from '@codemirror/view'
import type { Found } from '../../components/finding-line.tsx'
import { completePlan } from './complete.ts'
import { jsonColours } from './json-colours.ts'
import { pointedAt, textAt } from './json-place.ts'
import { type Mark, marks, setMarks } from './marks.ts'
import { namesEntryOf, type Schema, schemasAt } from './plan-schema.ts'

export interface Editor {
  /** All of it is another one; nothing is told of it. */
  replace(text: string): void
  mark(found: readonly Found[]): void
  /** Brings the cursor there; both count from 1. */
  goTo(line: number, column: number): void
  close(): void
}

export interface EditorOptions {
  readonly parent: HTMLElement
  readonly text: string
  /** For screen readers. */
  readonly label: string
  /** Undefined: nothing is completed or explained. */
  readonly schema: Schema | undefined
  readonly isReadOnly: boolean
  readonly onChange: (text: string) => void
}

export function createEditor({ parent, text, label, schema, isReadOnly, onChange }: EditorOptions): Editor {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: 'open' })
  let isReplacing = false
  const extensions = [
    ...[lineNumbers(), history(), closeBrackets(), highlightActiveLine(), marks],
    ...[jsonColours, theme, EditorView.lineWrapping, EditorState.tabSize.of(2)],
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...historyKeymap,
      ...standardKeymap,
      indentWithTab,
    ]),
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    EditorState.readOnly.of(isReadOnly),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && !isReplacing) onChange(update.state.doc.toString())
    }),
    autocompletion({ ...(schema && { override: [completePlan(schema)] }), icons: false }),
    ...(schema ? [explaining(schema)] : []),
  ]
  const view = new EditorView({ root, parent: root, state: EditorState.create({ doc: text, extensions }) })
  return {
    replace(other) {
      isReplacing = true
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: other } })
      isReplacing = false
    },
    mark(found) {
      view.dispatch({ effects: setMarks.of(found.map((one) => markOf(view.state, one))) })
    },
    goTo(line, column) {
      const at = positionOf(view.state, line, column)
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) })
      view.focus()
    },
    close: () => view.destroy(),
  }
}

function positionOf({ doc }: EditorState, line: number, column: number): number {
  const at = doc.line(Math.max(1, Math.min(line, doc.lines)))
  return Math.min(at.from + column - 1, at.to)
}

/** From its place to the end of the token there, or of a character. */
function markOf(state: EditorState, { severity, finding }: Found): Mark {
  const from = positionOf(state, finding.line, finding.column)
  const line = state.doc.lineAt(from)
  const token = /^(?:"(?:[^"\\]|\\.)*"?|[\w.+-]+|.)/.exec(line.text.slice(from - line.from))
  return { from, to: from + (token?.[0].length ?? 0), severity, message: finding.message }
}

/** What the schema says of a field, for whoever points at it. */
function explaining(schema: Schema) {
  return hoverTooltip((view, position) => {
    const pointed = pointedAt(view.state, position)
    if (!pointed) return null
    const [about] = schemasAt(schema, pointed.path, (path) => textAt(view.state, path))
    if (about?.description === undefined) return null
    const { title, description, default: preset } = about
    return {
      pos: pointed.from,
      end: pointed.to,
      above: true,
      create() {
        const dom = document.createElement('div')
        dom.className = 'explained'
        const head = document.createElement('strong')
        head.textContent = title ?? ''
        const text = document.createElement('p')
        text.textContent = description
        dom.append(head, text)
        if (preset !== undefined && namesEntryOf(about) === undefined) {
          const shown = document.createElement('code')
          shown.textContent = JSON.stringify(preset)
          dom.append(shown)
        }
        return { dom }
      },
    }
  })
}

const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', color: 'var(--ink)', backgroundColor: 'var(--surface)' },
  // The box around it has one, which the numbers of lines do not cover.
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--surface)',
    color: 'var(--ink-quiet)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in oklab, var(--raised) 60%, transparent)',
  },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--accent-soft)',
    outline: '1px solid var(--accent)',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    border: '1px solid var(--control-line)',
    borderRadius: '6px',
    maxWidth: 'min(420px, 90vw)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '14em' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent)',
    color: 'var(--accent-ink)',
  },
  '.cm-completionDetail': {
    color: 'inherit',
    opacity: '0.85',
    fontStyle: 'normal',
    fontFamily: 'var(--sans)',
  },
  '.cm-completionInfo': { fontFamily: 'var(--sans)', padding: '8px 10px', whiteSpace: 'normal' },
  '.json-name': { color: 'var(--accent)' },
  '.json-word': { color: 'var(--warn)' },
  '.json-mark': { color: 'var(--ink-quiet)' },
  '.cm-diagnostics': { margin: '0', padding: '6px', listStyle: 'none' },
  '.cm-diagnostic': {
    padding: '3px 6px 3px 8px',
    display: 'block',
    whiteSpace: 'pre-wrap',
    fontFamily: 'var(--sans)',
  },
  '.cm-diagnostic-error': { borderLeft: '5px solid var(--bad)' },
  '.cm-diagnostic-warning': { borderLeft: '5px solid var(--warn)' },
  '.cm-lintRange-error': { textDecoration: 'underline wavy var(--bad)' },
  '.cm-lintRange-warning': { textDecoration: 'underline wavy var(--warn)' },
  '.cm-gutter-lint': { width: '1.4em' },
  '.cm-lint-marker': { width: '9px', height: '9px', borderRadius: '50%', margin: '5px 2px' },
  '.cm-lint-marker-error': { backgroundColor: 'var(--bad)' },
  '.cm-lint-marker-warning': { backgroundColor: 'var(--warn)' },
  '.explained': { padding: '8px 10px', fontFamily: 'var(--sans)' },
  '.explained p': { margin: '2px 0' },
})
