/** Takes a document away, once its name was typed. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { ApiFault } from '../../api/client.ts'
import { deleteDocument } from '../../api/documents.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Field } from '../../components/field.tsx'
import { changeWords } from '../../words/change.ts'
import { frameWords } from '../../words/frame.ts'

interface DeleteDialogProps {
  readonly name: string
  readonly etag: string
  readonly onClose: () => void
  readonly onDeleted: () => void
}

export function DeleteDialog({ name, etag, onClose, onDeleted }: DeleteDialogProps): JSX.Element {
  const words = changeWords()
  const [typed, setTyped] = useState('')
  const [fault, setFault] = useState<ApiFault>()
  const [isAsking, setIsAsking] = useState(false)
  const remove = () => {
    setIsAsking(true)
    deleteDocument(name, etag).then(onDeleted, (error: unknown) => {
      setIsAsking(false)
      setFault(error instanceof ApiFault ? error : new ApiFault('internal', String(error)))
    })
  }
  return (
    <Dialog
      title={words.removeTitle(name)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{frameWords().cancel}</Button>
          <Button kind="danger" disabled={typed !== name || isAsking} onClick={remove}>
            {words.removeIt}
          </Button>
        </>
      }
    >
      <p>{words.removeText}</p>
      <Field label={words.removeConfirm} value={typed} onInput={setTyped} />
      {fault && <FaultNote fault={fault} />}
    </Dialog>
  )
}
