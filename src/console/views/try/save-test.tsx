/** Writes the call that was tried into the tests of its document. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { ApiFault, orMissing } from '../../api/client.ts'
import { putTests, readTests, type Written } from '../../api/documents.ts'
import type { Report, Script } from '../../api/try.ts'
import { Button } from '../../components/button.tsx'
import { DiffLines } from '../../components/diff-lines.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Field } from '../../components/field.tsx'
import { tell } from '../../components/toast.tsx'
import { useDoing } from '../../doing.ts'
import { lineDiff } from '../../line-diff.ts'
import { useReading } from '../../reading.ts'
import { tryWords } from '../../words/try.ts'
import { addCase, casesIn, freeName } from './add-case.ts'
import { caseOf } from './case-of.ts'

interface SaveTestProps {
  readonly document: string
  readonly script: Script
  readonly report: Report
  readonly onClose: () => void
}

interface TestFile {
  /** Undefined: there is none yet. */
  readonly text: string | undefined
  readonly etag: string | undefined
}

const readFile = async (document: string, signal?: AbortSignal): Promise<TestFile> =>
  (await orMissing(readTests(document, signal))) ?? { text: undefined, etag: undefined }

export function SaveTest({ document, script, report, onClose }: SaveTestProps): JSX.Element {
  const words = tryWords()
  const { value: file, fault } = useReading((signal) => readFile(document, signal), [document])
  const [typed, setTyped] = useState<string>()
  const { isDoing: isSaving, fault: failed, run } = useDoing()
  const taken = casesIn(file?.text ?? '') ?? []
  const name = typed ?? freeName(proposedName(script, report), taken)
  const nameFault =
    name.trim() === '' ? words.nameMissing : taken.includes(name) ? words.nameTaken : undefined
  const changed = file && addCase(file.text, caseOf(name, script, report))

  async function save({ text, etag }: TestFile): Promise<Written> {
    const added = addCase(text, caseOf(name, script, report))
    if (added === undefined) throw new ApiFault('invalid', words.notTests)
    return putTests(document, added, etag)
  }

  /** Somebody may have been first: what they wrote stays, and this comes behind it. */
  async function saveOrMerge(): Promise<void> {
    if (!file || nameFault !== undefined) return
    const written = await save(file).catch(async (error: unknown) => {
      if (!(error instanceof ApiFault) || error.code !== 'preconditionFailed') throw error
      const merged = await save(await readFile(document))
      tell(words.merged)
      return merged
    })
    const passes = written.tests?.cases.find((one) => one.name === name)?.passed ?? true
    tell(passes ? words.saved(name) : words.savedFails(name), passes ? 'good' : 'bad')
    onClose()
  }

  return (
    <Dialog
      title={words.saveTitle(document)}
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          disabled={isSaving || changed === undefined || nameFault !== undefined}
          onClick={() => void run(saveOrMerge)}
        >
          {isSaving ? words.saving : words.saveIt}
        </Button>
      }
    >
      <Field label={words.caseName} value={name} fault={nameFault} onInput={setTyped} />
      <p>{words.saveText}</p>
      {fault && <FaultNote fault={fault} />}
      {file && changed === undefined && <p class="note bad">{words.notTests}</p>}
      {file && changed !== undefined && (
        <DiffLines label={words.saveTitle(document)} lines={lineDiff(file.text ?? '', changed)} />
      )}
      {failed && (
        <FaultNote fault={failed}>
          <ul>
            {failed.details.map((one, i) => (
              <li key={i}>{(one as { message?: string }).message}</li>
            ))}
          </ul>
        </FaultNote>
      )}
    </Dialog>
  )
}

function proposedName({ call: { did, at } }: Script, report: Report): string {
  const words = tryWords()
  const what = whatHappens(report)
  return at === undefined ? words.proposed(did, what) : words.proposedAt(did, at.replace('T', ' '), what)
}

function whatHappens({ rings, queues, mailboxes, ending, transferredTo }: Report): string {
  const { proposals } = tryWords()
  const answered = rings.find(({ answeredBy }) => answeredBy !== undefined)?.answeredBy
  if (answered !== undefined) return proposals.answered(answered)
  const queued = queues.find(({ end }) => end === 'answered')
  if (queued) return proposals.queued(queued.queue)
  const left = mailboxes.find(({ end }) => end === 'left')
  if (left) return proposals.left(left.mailbox)
  if (transferredTo) return proposals.transferred(transferredTo.extension)
  switch (ending) {
    case 'hungUpByPlan':
      return proposals.hungUp
    case 'callerHungUp':
      return proposals.callerHungUp
    case 'noPlan':
      return proposals.noPlan
    case 'stepBudget':
      return proposals.stepBudget
    default:
      return proposals.nobody
  }
}
