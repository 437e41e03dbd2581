import { EditorState } from '@codemirror/state'

/** The editor's text, in which `|` is where the cursor is. */
export function at(text: string): { state: EditorState; position: number } {
  const position = text.indexOf('|')
  const state = EditorState.create({ doc: text.replace('|', ''), selection: { anchor: position } })
  return { state, position }
}
