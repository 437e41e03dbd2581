/** Asks before the plan set is read and served, and shows what would change by it. */
import type { JSX } from 'preact'
import { type Finding, reload } from '../../api/plans.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { tell } from '../../components/toast.tsx'
import { useDoing } from '../../doing.ts'
import { useReading } from '../../reading.ts'
import { plansWords } from '../../words/plans.ts'
import { ChangeList } from './changes.tsx'

/** `onClose(true)`: another revision may serve now. */
export function ReloadDialog({ onClose }: { onClose: (isDone: boolean) => void }): JSX.Element {
  const words = plansWords()
  const { isDoing, fault: failed, run } = useDoing()
  const { value, fault, isLoading } = useReading(() => reload({ dryRun: true }), [])
  const shown = failed ?? fault

  async function act(): Promise<void> {
    const { revision } = await reload({ dryRun: false })
    tell(words.reloaded(revision))
    onClose(true)
  }
  return (
    <Dialog
      title={words.reloadTitle}
      onClose={() => onClose(false)}
      actions={
        <Button kind="primary" disabled={!value || isDoing} onClick={() => void run(act)}>
          {words.reload}
        </Button>
      }
    >
      <div aria-live="polite">
        {isLoading && <p class="quiet">{words.reading}</p>}
        {value && !value.changed && <p>{words.reloadSame}</p>}
        {value?.changed && (
          <>
            <p>{words.reloadText}</p>
            <ChangeList changes={value.changes ?? []} more={value.more ?? false} />
          </>
        )}
      </div>
      {shown && (
        <FaultNote fault={shown}>
          {shown.code === 'invalid' && <p>{words.reloadBad}</p>}
          <ul class="said">
            {shown.details.slice(0, MOST_SHOWN).map((detail, i) => (
              <li key={i}>{sentenceOf(detail)}</li>
            ))}
          </ul>
        </FaultNote>
      )}
    </Dialog>
  )
}

const MOST_SHOWN = 50

/** A finding of the set, or a sentence. */
function sentenceOf(detail: unknown): string {
  if (typeof detail === 'string') return detail
  const { file, line, message } = detail as Finding
  return `${file}:${line} ${message}`
}
