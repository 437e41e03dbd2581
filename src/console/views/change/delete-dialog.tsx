/** Takes a document away, once its name was typed. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { deleteDocument } from '../../api/documents.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Field } from '../../components/field.tsx'
import { useDoing } from '../../doing.ts'
import { changeWords } from '../../words/change.ts'

interface DeleteDialogProps {
  readonly name: string
  readonly etag: string
  readonly onClose: () => void
  readonly onDeleted: () => void
}

export function DeleteDialog({ name, etag, onClose, onDeleted }: DeleteDialogProps): JSX.Element {
  const words = changeWords()
  const [typed, setTyped] = useState('')
  const { isDoing, fault, run } = useDoing()
  async function remove(): Promise<void> {
    await deleteDocument(name, etag)
    onDeleted()
  }
  return (
    <Dialog
      title={words.removeTitle(name)}
      onClose={onClose}
      actions={
        <Button kind="danger" disabled={typed !== name || isDoing} onClick={() => void run(remove)}>
          {words.removeIt}
        </Button>
      }
    >
      <p>{words.removeText}</p>
      <Field label={words.removeConfirm} value={typed} onInput={setTyped} />
      {fault && <FaultNote fault={fault} />}
    </Dialog>
  )
}
