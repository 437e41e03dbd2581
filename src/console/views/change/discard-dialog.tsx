import type { JSX } from 'preact'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { changeWords } from '../../words/change.ts'

interface DiscardDialogProps {
  readonly onClose: () => void
  readonly onDiscard: () => void
}

export function DiscardDialog({ onClose, onDiscard }: DiscardDialogProps): JSX.Element {
  const words = changeWords()
  return (
    <Dialog
      title={words.discardTitle}
      onClose={onClose}
      actions={
        <Button kind="danger" onClick={onDiscard}>
          {words.discard}
        </Button>
      }
    >
      <p>{words.discardText}</p>
    </Dialog>
  )
}
