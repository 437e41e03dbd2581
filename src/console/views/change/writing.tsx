/** One document as somebody writes it. */
import type { JSX } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'
import { orMissing } from '../../api/client.ts'
import { readPlanSchema, runTests, type TestedDocument, type Written } from '../../api/documents.ts'
import { type Finding, type Findings, readDocument, readPlans, validate } from '../../api/plans.ts'
import { Button } from '../../components/button.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { type Found, foundIn } from '../../components/finding-line.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { tell } from '../../components/toast.tsx'
import { keepDraft, type KeptDraft, keptDraft } from '../../drafts.ts'
import { laidOut } from '../../json.ts'
import { useReading } from '../../reading.ts'
import { go, hrefTo } from '../../router.ts'
import { may, mayForAll } from '../../session.ts'
import { changeWords } from '../../words/change.ts'
import { frameWords } from '../../words/frame.ts'
import { useAsTyped } from './as-typed.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { DiscardDialog } from './discard-dialog.tsx'
import { EditorBox } from './editor-box.tsx'
import type { Editor } from './editor.ts'
import { FindingList } from './finding-list.tsx'
import type { Schema } from './plan-schema.ts'
import { PublishDialog } from './publish-dialog.tsx'
import { TestList } from './test-list.tsx'

/** What there is to begin with. */
interface Begun {
  /** As it is on disk; undefined: there is none of this name. */
  readonly onDisk: { readonly text: string; readonly etag: string | undefined } | undefined
  readonly draft: KeptDraft | undefined
  /** That serves now. */
  readonly revision: string | undefined
  readonly schema: Schema | undefined
}

const NEW = `{
  "version": 1,
  "plans": {
    "main": {
      "numbers": [],
      "steps": []
    }
  }
}
`

async function begin(name: string, signal: AbortSignal): Promise<Begun> {
  const [onDisk, plans, schema] = await Promise.all([
    orMissing(readDocument(name, signal)),
    readPlans(signal),
    // Without it nothing is completed, and the rest works.
    readPlanSchema(signal).catch(() => undefined),
  ])
  return { onDisk, draft: keptDraft(name), revision: plans.revision, schema }
}

export function Writing({ name }: { readonly name: string }): JSX.Element {
  const { value, fault, again } = useReading((signal) => begin(name, signal), [name])
  const turns = useRef(0)
  // What was read anew is begun anew.
  const turn = useMemo(() => turns.current++, [value])
  return (
    <>
      {!value && (
        <>
          <PageHead above={<a href={hrefTo('change')}>{frameWords().views.change}</a>} title={name} />
          {fault ? <FaultNote fault={fault} again={again} /> : <p class="quiet">{frameWords().loading}</p>}
        </>
      )}
      {value && <Open key={turn} name={name} begun={value} onAgain={again} />}
    </>
  )
}

const VALIDATE_MS = 350
const TEST_MS = 900

interface OpenProps {
  readonly name: string
  readonly begun: Begun
  /** Begins anew with what is on disk. */
  readonly onAgain: () => void
}

type Asking = 'publish' | 'discard' | 'delete'

function Open({ name, begun, onAgain }: OpenProps): JSX.Element {
  const words = changeWords()
  /** Of the file that the text began with. */
  const [base, setBase] = useState<KeptDraft>(() => ({
    text: begun.onDisk?.text ?? '',
    etag: begun.draft ? begun.draft.etag : begun.onDisk?.etag,
    revision: begun.draft?.revision ?? begun.revision,
  }))
  const first = begun.draft?.text ?? begun.onDisk?.text ?? NEW
  const [text, setText] = useState(first)
  const [isKept, setIsKept] = useState(true)
  const [asking, setAsking] = useState<Asking>()
  /** What the set as a whole has against it, which is known once it was to be published. */
  const [refused, setRefused] = useState<readonly Finding[]>([])
  const editor = useRef<Editor>(undefined)
  const mayPublish = may('publish')
  const isChanged = text !== base.text
  const checked = useAsTyped<Findings>(text, (now, signal) => validate(now, name, signal), {
    afterMs: VALIDATE_MS,
  })
  const isGood = !checked.isAsking && checked.value?.errors.length === 0
  /** Undefined: the document has none. */
  const tested = useAsTyped<TestedDocument | undefined>(
    isGood ? text : undefined,
    (now, signal) => orMissing(runTests(name, now, signal)),
    { afterMs: TEST_MS },
  )
  const found = useMemo<readonly Found[]>(
    () =>
      foundIn({
        errors: [...(checked.value?.errors ?? []), ...refused],
        warnings: checked.value?.warnings ?? [],
      }),
    [checked.value, refused],
  )

  function write(now: string): void {
    setText(now)
    setRefused([])
    const draft: KeptDraft = {
      text: now,
      ...(base.etag !== undefined && { etag: base.etag }),
      ...(base.revision !== undefined && { revision: base.revision }),
    }
    setIsKept(keepDraft(name, now === base.text ? undefined : draft))
  }

  // The editor keeps the function that it was made with.
  const latest = useRef(write)
  latest.current = write

  /** As `belplan fmt` has it, but for short lists, which that leaves on a line. */
  function layOut(): void {
    const laid = laidOut(text)
    const file = laid && `${laid}\n`
    if (file === undefined || file === text) return
    editor.current?.replace(file)
    write(file)
  }

  /** Another text in the place of all of it. */
  function replace(now: string, etag: string | undefined, revision: string | undefined): void {
    editor.current?.replace(now)
    setBase({ text: now, etag, revision })
    setText(now)
    setRefused([])
    keepDraft(name, undefined)
  }

  function published({ etag, revision, served }: Written): void {
    setAsking(undefined)
    setBase({ text, etag, revision })
    keepDraft(name, undefined)
    tell(served === false ? words.writtenOnly : words.published(revision))
  }

  return (
    <>
      <PageHead above={<a href={hrefTo('change')}>{frameWords().views.change}</a>} title={name}>
        <a
          class="button"
          href={hrefTo('try', { rest: name, query: { draft: '' } })}
          onClick={() => keepDraft(name, { ...base, text })}
        >
          {words.tryIt}
        </a>
        {isChanged && <Button onClick={() => setAsking('discard')}>{words.discard}</Button>}
        {mayPublish && base.etag !== undefined && (
          <Button kind="danger" onClick={() => setAsking('delete')}>
            {words.remove}
          </Button>
        )}
        {mayPublish && (
          <Button
            kind="primary"
            disabled={!isChanged && base.etag !== undefined}
            onClick={() => setAsking('publish')}
          >
            {words.publish}
          </Button>
        )}
      </PageHead>
      <div aria-live="polite">
        {begun.onDisk === undefined && base.etag === undefined && <p class="note">{words.isNew}</p>}
        {begun.draft && isChanged && <p class="note">{words.isDraft}</p>}
        {!isKept && <p class="note warn">{words.notKept}</p>}
        {refused.length > 0 && <p class="note bad">{words.refused}</p>}
      </div>
      <div class="writing">
        <div class="writing-text">
          <EditorBox
            {...{ name, found }}
            text={first}
            schema={begun.schema}
            isReadOnly={!mayPublish}
            onChange={(now) => latest.current(now)}
            onReady={(made) => (editor.current = made)}
          />
          <div class="under-editor">
            <p class="hint">{words.keyboard}</p>
            {mayPublish && <Button onClick={layOut}>{words.layOut}</Button>}
          </div>
        </div>
        <div class="writing-side">
          <FindingList
            checked={checked}
            found={found}
            onGoTo={({ line, column }) => editor.current?.goTo(line, column)}
          />
          <TestList name={name} tested={tested} isWaiting={!isGood} />
          {mayForAll('publish') && (
            <p>
              <a href={hrefTo('plans', { query: { revisions: '' } })}>{words.rollBack}</a>
            </p>
          )}
        </div>
      </div>
      {asking === 'publish' && (
        <PublishDialog
          {...{ name, text, base }}
          onClose={() => setAsking(undefined)}
          onPublished={published}
          onRefused={(findings) => {
            setAsking(undefined)
            setRefused(findings)
            const [one] = findings
            if (one) editor.current?.goTo(one.line, one.column)
          }}
          onTheirs={(theirs, etag, revision) => {
            setAsking(undefined)
            replace(theirs, etag, revision)
          }}
        />
      )}
      {asking === 'discard' && (
        <DiscardDialog
          onClose={() => setAsking(undefined)}
          onDiscard={() => {
            keepDraft(name, undefined)
            setAsking(undefined)
            onAgain()
          }}
        />
      )}
      {asking === 'delete' && base.etag !== undefined && (
        <DeleteDialog
          name={name}
          etag={base.etag}
          onClose={() => setAsking(undefined)}
          onDeleted={() => {
            keepDraft(name, undefined)
            tell(words.removed(name))
            go(hrefTo('change'))
          }}
        />
      )}
    </>
  )
}
