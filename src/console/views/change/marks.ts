/** What a text has against it, at its place: underlined, in the gutter, and told to whoever points at it or presses F8. */
import { type EditorState, RangeSet, StateEffect, StateField } from '@codemirror/state'
import {
  activateHover,
  Decoration,
  type DecorationSet,
  EditorView,
  gutter,
  GutterMarker,
  hoverTooltip,
  keymap,
} from '@codemirror/view'

export interface Mark {
  readonly from: number
  readonly to: number
  readonly severity: 'error' | 'warning'
  readonly message: string
}

/** In place of those that were there. */
export const setMarks = StateEffect.define<readonly Mark[]>()

const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(ranges, { changes, effects, newDoc }) {
    let now = ranges.map(changes)
    for (const effect of effects)
      if (effect.is(setMarks))
        now = Decoration.set(
          effect.value
            .filter(({ from, to }) => from < to && to <= newDoc.length)
            .map((mark) =>
              Decoration.mark({ class: `cm-lintRange-${mark.severity}`, mark }).range(mark.from, mark.to),
            ),
          true,
        )
    return now
  },
  provide: (field) => EditorView.decorations.from(field),
})

/** Those that touch a part of the text, by their place. */
function marksIn(state: EditorState, from: number, to: number): Mark[] {
  const found: Mark[] = []
  state.field(marked).between(from, to, (begin, end, { spec }) => {
    const { mark } = spec as { mark: Mark }
    found.push({ ...mark, from: begin, to: end })
  })
  return found
}

class Dot extends GutterMarker {
  readonly marks: readonly Mark[]

  constructor(marks: readonly Mark[]) {
    super()
    this.marks = marks
  }

  override eq(other: Dot): boolean {
    return this.severity === other.severity && this.title === other.title
  }

  get severity(): Mark['severity'] {
    return this.marks.some(({ severity }) => severity === 'error') ? 'error' : 'warning'
  }

  get title(): string {
    return this.marks.map(({ message }) => message).join('\n')
  }

  override toDOM(): Node {
    const dot = document.createElement('div')
    dot.className = `cm-lint-marker cm-lint-marker-${this.severity}`
    dot.title = this.title
    return dot
  }
}

const dots = gutter({
  class: 'cm-gutter-lint',
  markers({ state }) {
    const lines = Map.groupBy(marksIn(state, 0, state.doc.length), ({ from }) => state.doc.lineAt(from).from)
    return RangeSet.of(
      [...lines].map(([from, marks]) => new Dot(marks).range(from)),
      true,
    )
  },
})

const told = hoverTooltip(
  ({ state }, position) => {
    const marks = marksIn(state, position, position)
    if (marks.length === 0) return null
    return {
      pos: Math.min(...marks.map(({ from }) => from)),
      end: Math.max(...marks.map(({ to }) => to)),
      above: true,
      create() {
        const dom = document.createElement('ul')
        dom.className = 'cm-diagnostics'
        for (const { severity, message } of marks) {
          const item = document.createElement('li')
          item.className = `cm-diagnostic cm-diagnostic-${severity}`
          item.textContent = message
          dom.append(item)
        }
        return { dom }
      },
    }
  },
  { hideOn: ({ docChanged, effects }) => docChanged || effects.some((effect) => effect.is(setMarks)) },
)

/** The next one, and after the last the first. */
function goToNext(view: EditorView): boolean {
  const { state } = view
  const all = marksIn(state, 0, state.doc.length)
  const next = all.find(({ from }) => from > state.selection.main.from) ?? all[0]
  if (!next) return false
  const { from, to } = next
  view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true })
  activateHover(view, from, 1, {
    tooltip: told,
    until: ({ docChanged, newSelection }) =>
      docChanged || newSelection.main.head < from || newSelection.main.head > to,
  })
  return true
}

export const marks = [marked, dots, told, keymap.of([{ key: 'F8', run: goToNext }])]
