/** The editor in its place on the page, once its chunk is there. */
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Found } from '../../components/finding-line.tsx'
import { changeWords } from '../../words/change.ts'
import type { Editor } from './editor.ts'
import type { Schema } from './plan-schema.ts'

interface EditorBoxProps {
  readonly name: string
  /** What it begins with. */
  readonly text: string
  readonly schema: Schema | undefined
  readonly isReadOnly: boolean
  readonly found: readonly Found[]
  readonly onChange: (text: string) => void
  readonly onReady: (editor: Editor) => void
}

export function EditorBox({
  name,
  text,
  schema,
  isReadOnly,
  found,
  onChange,
  onReady,
}: EditorBoxProps): JSX.Element {
  const words = changeWords()
  const box = useRef<HTMLDivElement>(null)
  const [editor, setEditor] = useState<Editor>()
  const label = words.editor(name)
  useEffect(() => {
    let made: Editor | undefined
    let isGone = false
    void import('./editor.ts').then(({ createEditor }) => {
      if (isGone || !box.current) return
      made = createEditor({ parent: box.current, text, label, schema, isReadOnly, onChange })
      setEditor(made)
      onReady(made)
    })
    return () => {
      isGone = true
      made?.close()
    }
  }, [])
  useEffect(() => editor?.mark(found), [editor, found])
  return (
    <>
      {!editor && <p class="quiet">{words.loadingEditor}</p>}
      <div ref={box} class="editor" />
    </>
  )
}
