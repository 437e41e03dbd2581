/** Revisions: what served when, what was different then, and the way back. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { readDiff, readRevisions, type Revision, rollBack, type Serving } from '../../api/plans.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { Table } from '../../components/table.tsx'
import { tell } from '../../components/toast.tsx'
import { useDoing } from '../../doing.ts'
import { dateTime, decimal } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { hrefTo } from '../../router.ts'
import { mayForAll } from '../../session.ts'
import { frameWords } from '../../words/frame.ts'
import { plansWords } from '../../words/plans.ts'
import { ChangeList } from './changes.tsx'

type Asked = { readonly what: 'compare' | 'rollBack'; readonly revision: string }

export function RevisionsPage(): JSX.Element {
  const words = plansWords()
  const { value, fault, again } = useReading(readRevisions, [])
  const [asked, setAsked] = useState<Asked>()
  const serving = value?.revision
  const mayRollBack = mayForAll('publish')
  return (
    <>
      <PageHead
        above={<a href={hrefTo('plans')}>{frameWords().views.plans}</a>}
        title={words.revisions}
        text={words.revisionsAbout}
      />
      {fault && <FaultNote fault={fault} again={again} />}
      {value && (
        <Table
          caption={words.revisions}
          rows={value.revisions}
          keyOf={({ revision }) => revision}
          columns={[
            {
              title: words.revision,
              cell: ({ revision, kept }) => (
                <span class="revision">
                  <code>{revision}</code>
                  {revision === serving && <Badge tone="good">{words.serves}</Badge>}
                  {!kept && <Badge>{words.notKept}</Badge>}
                </span>
              ),
            },
            { title: words.served, cell: Served },
            ...(value.revisions.some(({ calls }) => calls !== undefined)
              ? [
                  {
                    title: words.calls,
                    isNumber: true,
                    cell: ({ calls }: Revision) => (calls === undefined ? '' : decimal(calls)),
                  },
                ]
              : []),
            {
              title: words.actions,
              hideTitle: true,
              cell: ({ revision, kept }) =>
                kept &&
                revision !== serving && (
                  <span class="actions">
                    <Button
                      label={words.compareLabel(revision)}
                      onClick={() => setAsked({ what: 'compare', revision })}
                    >
                      {words.compare}
                    </Button>
                    {mayRollBack && (
                      <Button
                        label={words.rollBackLabel(revision)}
                        onClick={() => setAsked({ what: 'rollBack', revision })}
                      >
                        {words.rollBack}
                      </Button>
                    )}
                  </span>
                ),
            },
          ]}
        />
      )}
      {asked && serving !== undefined && (
        <RevisionDialog
          {...asked}
          serving={serving}
          onClose={(isDone) => {
            setAsked(undefined)
            if (isDone) again()
          }}
        />
      )}
    </>
  )
}

const MOST_SERVINGS = 4

function Served({ served }: Revision): JSX.Element {
  return (
    <ul class="servings">
      {served.slice(0, MOST_SERVINGS).map((serving, i) => (
        <li key={i}>{sentenceOf(serving)}</li>
      ))}
    </ul>
  )
}

function sentenceOf({ since, until, how, by, controller }: Serving): string {
  const words = plansWords()
  const when =
    until === undefined ? words.sinceOnly(dateTime(since)) : words.until(dateTime(since), dateTime(until))
  const more = [
    how !== undefined && words.hows[how],
    by !== undefined && words.by(by),
    controller !== undefined && words.on(controller),
  ].filter((word) => word !== false)
  return [when, ...more].join(', ')
}

interface RevisionDialogProps extends Asked {
  readonly serving: string
  readonly onClose: (isDone: boolean) => void
}

/** What is different, seen from the way that it would go: back to that revision, or from it to what serves. */
function RevisionDialog({ what, revision, serving, onClose }: RevisionDialogProps): JSX.Element {
  const words = plansWords()
  const [from, to] = what === 'compare' ? [revision, serving] : [serving, revision]
  const { value, fault, isLoading } = useReading((signal) => readDiff(from, to, signal), [from, to])
  const { isDoing, fault: failed, run } = useDoing()

  async function act(): Promise<void> {
    await rollBack(revision)
    tell(words.rolledBack(revision))
    onClose(true)
  }
  const shown = failed ?? fault
  return (
    <Dialog
      title={what === 'compare' ? words.diffTitle(from, to) : words.rollBackTitle(revision)}
      onClose={() => onClose(false)}
      closeText={what === 'compare' ? frameWords().close : undefined}
      actions={
        what === 'rollBack' && (
          <Button kind="danger" disabled={isDoing} onClick={() => void run(act)}>
            {words.rollBack}
          </Button>
        )
      }
    >
      {what === 'rollBack' && <p>{words.rollBackText}</p>}
      <div aria-live="polite">
        {isLoading && <p class="quiet">{frameWords().loading}</p>}
        {value && <ChangeList {...value} />}
      </div>
      {shown && <FaultNote fault={shown} />}
    </Dialog>
  )
}
