/** What would be different, in sentences, before it serves; and who was first, where somebody was. */
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ApiFault, orMissing } from '../../api/client.ts'
import { diffOfDraft, putDocument, type Written } from '../../api/documents.ts'
import { type Changes, type Finding, readDiff, readDocument, readRevisions } from '../../api/plans.ts'
import { Button } from '../../components/button.tsx'
import { ChangeList } from '../plans/changes.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { DiffLines } from '../../components/diff-lines.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { useDoing } from '../../doing.ts'
import type { KeptDraft } from '../../drafts.ts'
import { dateTime } from '../../format.ts'
import { lineDiff } from '../../line-diff.ts'
import { useReading } from '../../reading.ts'
import { changeWords } from '../../words/change.ts'
import { plansWords } from '../../words/plans.ts'

interface PublishDialogProps {
  readonly name: string
  readonly text: string
  /** Of the file that the text began with. */
  readonly base: KeptDraft
  readonly onClose: () => void
  readonly onPublished: (written: Written) => void
  readonly onRefused: (findings: readonly Finding[]) => void
  /** Theirs is taken, as it is on disk now. */
  readonly onTheirs: (text: string, etag: string | undefined, revision: string | undefined) => void
}

/** What is on disk now, and how that came. */
interface Theirs {
  /** Undefined: it is gone. */
  readonly text: string | undefined
  readonly etag: string | undefined
  readonly revision: string
  /** Undefined: this token is not told. */
  readonly by: string | undefined
  readonly since: string | undefined
  /** Undefined: it cannot be said in sentences. */
  readonly changes: Changes | undefined
}

export function PublishDialog(props: PublishDialogProps): JSX.Element {
  const { name, text, base, onClose, onPublished, onRefused, onTheirs } = props
  const words = changeWords()
  const {
    value: changes,
    fault: notCompared,
    isLoading,
  } = useReading((signal) => diffOfDraft(name, text, signal), [name, text])
  const [theirs, setTheirs] = useState<Theirs>()
  const { isDoing: isPublishing, fault, run } = useDoing()
  const isClosed = useRef(false)
  useEffect(() => () => void (isClosed.current = true), [])

  async function publish(etag: string | undefined): Promise<void> {
    try {
      onPublished(await putDocument(name, text, etag))
    } catch (error) {
      if (!(error instanceof ApiFault)) throw error
      const findings = findingsOf(error, name)
      // Who closed it meanwhile is told that it failed, and is asked at the next attempt.
      if (error.code === 'preconditionFailed' && !isClosed.current)
        setTheirs(await readTheirs(name, base.revision))
      else if (error.code === 'invalid' && findings.length > 0) onRefused(findings)
      else throw error
    }
  }

  if (theirs)
    return (
      <First
        {...{ theirs, name, base, text, isPublishing, fault, onClose, onTheirs }}
        onOver={() => void run(() => publish(theirs.etag))}
      />
    )
  const findings = notCompared ? findingsOf(notCompared, name) : []
  return (
    <Dialog
      title={words.publishTitle(name)}
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          disabled={isPublishing || isLoading}
          onClick={() => void run(() => publish(base.etag))}
        >
          {isPublishing ? words.publishing : words.publishIt}
        </Button>
      }
    >
      <div aria-live="polite">
        {isLoading && <p class="quiet">{words.comparing}</p>}
        {changes && (changes.changes.length === 0 ? <p>{words.unchanged}</p> : <p>{words.publishText}</p>)}
        {changes && changes.changes.length > 0 && <ChangeList {...changes} />}
        {notCompared && (
          <FaultNote fault={notCompared}>
            <ul>
              {findings.map(({ message, line }, i) => (
                <li key={i}>
                  {message} ({plansWords().line(line)})
                </li>
              ))}
            </ul>
          </FaultNote>
        )}
        {fault && <FaultNote fault={fault} />}
      </div>
    </Dialog>
  )
}

/** Those that have a place in this document. */
function findingsOf({ details }: ApiFault, name: string): Finding[] {
  return (details as readonly Finding[]).filter(
    ({ document, file }) => document === name && !file.endsWith('.test.json'),
  )
}

async function readTheirs(name: string, since: string | undefined): Promise<Theirs> {
  const [file, { revision, revisions }] = await Promise.all([orMissing(readDocument(name)), readRevisions()])
  const serving = revisions
    .find((one) => one.revision === revision)
    ?.served.find(({ until }) => until === undefined)
  const changes =
    since === undefined || since === revision
      ? undefined
      : await readDiff(since, revision).catch(() => undefined)
  const own = changes?.changes.filter(({ document }) => document === name) ?? []
  return {
    text: file?.text,
    etag: file?.etag,
    revision,
    by: serving?.by,
    since: serving?.since,
    changes: changes && own.length > 0 ? { changes: own, more: changes.more } : undefined,
  }
}

interface FirstProps extends Pick<PublishDialogProps, 'name' | 'text' | 'base' | 'onClose' | 'onTheirs'> {
  readonly theirs: Theirs
  readonly isPublishing: boolean
  readonly fault: ApiFault | undefined
  readonly onOver: () => void
}

function First({
  theirs,
  name,
  text,
  base,
  isPublishing,
  fault,
  onClose,
  onTheirs,
  onOver,
}: FirstProps): JSX.Element {
  const words = changeWords()
  const { value: mine } = useReading((signal) => diffOfDraft(name, text, signal), [name, text])
  return (
    <Dialog
      title={words.changed}
      onClose={onClose}
      closeText={words.keepWriting}
      actions={
        <>
          {theirs.text !== undefined && (
            <Button onClick={() => onTheirs(theirs.text!, theirs.etag, theirs.revision)}>
              {words.takeTheirs}
            </Button>
          )}
          <Button kind="danger" disabled={isPublishing} onClick={onOver}>
            {words.publishOver}
          </Button>
        </>
      }
    >
      <p>{words.changedText}</p>
      {theirs.text === undefined && <p class="note warn">{words.goneMeanwhile}</p>}
      {theirs.by !== undefined && theirs.since !== undefined && (
        <p>{words.changedBy(theirs.by, dateTime(theirs.since))}</p>
      )}
      {theirs.text !== undefined && (
        <>
          <h3>{theirs.changes ? words.theirs : words.theirsUnknown}</h3>
          {theirs.changes ? (
            <ChangeList {...theirs.changes} />
          ) : (
            <DiffLines label={words.theirs} lines={lineDiff(base.text, theirs.text)} />
          )}
        </>
      )}
      {mine && mine.changes.length > 0 && (
        <>
          <h3>{words.mine}</h3>
          <ChangeList {...mine} />
        </>
      )}
      {fault && <FaultNote fault={fault} />}
    </Dialog>
  )
}
