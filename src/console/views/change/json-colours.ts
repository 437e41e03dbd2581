/** Colours of names, words and marks, and the bracket that belongs to the one at the cursor. */
import { type EditorState, type Extension, RangeSetBuilder } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import { matchBrackets } from './json-language.ts'

// A string ends with its line, so that each line is coloured by itself, and those that are seen alone.
const COLOURED = /"(?:[^"\\]|\\.)*"?(\s*:)?|[{}[\],:]|[^\s{}[\],:"]+/g

const name = Decoration.mark({ class: 'json-name' })
const word = Decoration.mark({ class: 'json-word' })
const mark = Decoration.mark({ class: 'json-mark' })
const bracket = Decoration.mark({ class: 'cm-matchingBracket' })

function coloured({ state, visibleRanges }: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>()
  for (const { from, to } of visibleRanges)
    for (let at = from; at <= to;) {
      const line = state.doc.lineAt(at)
      for (const { 0: token, 1: colon, index } of line.text.matchAll(COLOURED)) {
        const begin = line.from + index
        const end = begin + token.length - (colon?.length ?? 0)
        if (!token.startsWith('"')) builder.add(begin, end, /[{}[\],:]/.test(token) ? mark : word)
        else if (colon) builder.add(begin, end, name)
      }
      at = line.to + 1
    }
  return builder.finish()
}

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet
    constructor(view: EditorView) {
      this.decorations = coloured(view)
    }
    update(update: ViewUpdate) {
      if (update.docChanged || update.viewportChanged) this.decorations = coloured(update.view)
    }
  },
  { decorations: ({ decorations }) => decorations },
)

function matching(state: EditorState): DecorationSet {
  const ranges = state.selection.ranges.flatMap(({ empty, head }) => {
    const match = empty && (matchBrackets(state, head, -1) ?? matchBrackets(state, head, 1))
    if (!match || !match.end) return []
    return [match.start, match.end].map(({ from, to }) => bracket.range(from, to))
  })
  return Decoration.set(ranges, true)
}

export const jsonColours: Extension = [
  colours,
  EditorView.decorations.compute(['doc', 'selection'], matching),
]
