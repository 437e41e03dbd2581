/** Find: calls by number, caller, day, ending and plan; all of what is looked for is in the address. */
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ApiFault } from '../../api/client.ts'
import { type CallLine, readCalls, readCallsAsCsv, wantedEndings } from '../../api/calls.ts'
import { Button } from '../../components/button.tsx'
import { Empty } from '../../components/empty.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Field, Select } from '../../components/field.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { Table } from '../../components/table.tsx'
import { tell, tellFault } from '../../components/toast.tsx'
import { EndingBadge, Who } from '../../components/who.tsx'
import { useDoing } from '../../doing.ts'
import { dateTime, decimal, duration } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { go, hrefTo } from '../../router.ts'
import { callWords } from '../../words/calls.ts'
import { findWords } from '../../words/find.ts'
import { frameWords } from '../../words/frame.ts'
import { asked, dayFromNow, type Filters, filtersOf, queryOf } from './filters.ts'

const PAGE = '100'

export function Find({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const words = findWords()
  const filters = filtersOf(query)
  const key = JSON.stringify(filters)
  const { value, fault, isLoading, again } = useReading(
    (signal) => readCalls({ ...asked(filters), limit: PAGE }, signal),
    [key],
  )
  const isAny = Object.keys(queryOf(filters)).length === 0
  return (
    <>
      <PageHead title={frameWords().views.calls} text={words.about}>
        <Download filters={filters} />
      </PageHead>
      <Quick filters={filters} />
      <Form filters={filters} />
      {fault && <FaultNote fault={fault} again={again} />}
      {isLoading && value === undefined && <p class="quiet">{frameWords().loading}</p>}
      {value && value.calls.length === 0 && (
        <Empty
          title={isAny ? words.noneAtAll : words.none}
          text={isAny ? words.noneAtAllText : words.noneText}
        />
      )}
      {value && value.calls.length > 0 && <Pages key={key} filters={filters} first={value} />}
      {value?.missing?.map((what) => (
        <p key={what} class="note warn">
          {words.missing[what]}
        </p>
      ))}
    </>
  )
}

/** What is asked for most, in one step. */
function Quick({ filters }: { readonly filters: Filters }): JSX.Element {
  const words = findWords()
  const { since, until } = filters
  const [today, yesterday] = [dayFromNow(0), dayFromNow(-1)]
  const days: readonly [string, Partial<Filters>][] = [
    [words.all, { since: '', until: '' }],
    [words.today, { since: today, until: today }],
    [words.yesterday, { since: yesterday, until: yesterday }],
  ]
  const kinds = [
    [words.missed, 'missed'],
    [words.noPlan, 'noPlan'],
  ] as const
  return (
    <nav class="quick" aria-label={words.quick}>
      {days.map(([label, day]) => (
        <a
          key={label}
          class="quick-choice"
          href={hrefTo('calls', { query: queryOf({ ...filters, ...day }) })}
          aria-current={day.since === since && day.until === until ? 'true' : undefined}
        >
          {label}
        </a>
      ))}
      <span class="quick-gap" />
      {kinds.map(([label, ending]) => {
        const isOn = filters.ending === ending
        return (
          <a
            key={ending}
            class="quick-choice"
            href={hrefTo('calls', { query: queryOf({ ...filters, ending: isOn ? '' : ending }) })}
            aria-current={isOn ? 'true' : undefined}
          >
            {label}
          </a>
        )
      })}
    </nav>
  )
}

function Form({ filters }: { readonly filters: Filters }): JSX.Element {
  const words = findWords()
  const calls = callWords()
  const [now, setNow] = useState(filters)
  useEffect(() => setNow(filters), [JSON.stringify(filters)])
  const set = (name: keyof Filters) => (value: string) => setNow((was) => ({ ...was, [name]: value }))
  return (
    <form
      class="filters card"
      role="search"
      aria-label={words.filters}
      onSubmit={(event) => {
        event.preventDefault()
        go(hrefTo('calls', { query: queryOf(now) }))
      }}
    >
      <Field label={calls.number} value={now.number} onInput={set('number')} placeholder="+31502100000" />
      <Field label={calls.caller} value={now.caller} onInput={set('caller')} placeholder="+316*" />
      <Field label={calls.plan} value={now.plan} onInput={set('plan')} placeholder="acme/main" />
      <Select
        label={words.ending}
        value={now.ending}
        onChange={set('ending')}
        options={[
          { value: '', label: words.anyEnding },
          ...wantedEndings.map((value) => ({
            value,
            label: value === 'missed' ? words.missed : calls.endings[value],
          })),
        ]}
      />
      <Select
        label={words.state}
        value={now.state}
        onChange={set('state')}
        options={[
          { value: '', label: words.states.any },
          { value: 'live', label: words.states.live },
          { value: 'ended', label: words.states.ended },
        ]}
      />
      <Field label={words.since} type="date" value={now.since} onInput={set('since')} />
      <Field label={words.until} type="date" value={now.until} onInput={set('until')} />
      <Button type="submit" kind="primary">
        {words.find}
      </Button>
    </form>
  )
}

function Pages({
  filters,
  first,
}: {
  readonly filters: Filters
  readonly first: { readonly calls: readonly CallLine[]; readonly next?: string }
}): JSX.Element {
  const words = findWords()
  const [more, setMore] = useState<{ calls: readonly CallLine[]; next?: string }>({
    calls: [],
    next: first.next,
  })
  const { isDoing: isLoading, fault, run } = useDoing()
  const box = useRef<HTMLDivElement>(null)
  const focusRow = useRef<number>(undefined)

  // The button may be gone with the last page; the focus goes to what it brought.
  useEffect(() => {
    if (focusRow.current === undefined) return
    box.current?.querySelectorAll<HTMLElement>('tbody a.call-link')[focusRow.current]?.focus()
    focusRow.current = undefined
  }, [more])

  const all = [...first.calls, ...more.calls]
  async function readNext(cursor: string): Promise<void> {
    const page = await readCalls({ ...asked(filters), limit: PAGE, cursor })
    focusRow.current = all.length
    setMore({ calls: [...more.calls, ...page.calls], next: page.next })
  }

  return (
    <div ref={box} class="call-pages">
      <CallTable calls={all} />
      {fault && <FaultNote fault={fault} />}
      <p class="call-pages-foot quiet">
        <span role="status">
          {more.next === undefined ? words.count(all.length) : words.countAndMore(decimal(all.length))}
        </span>
        {more.next !== undefined && (
          <Button disabled={isLoading} onClick={() => void run(() => readNext(more.next!))}>
            {words.more}
          </Button>
        )}
      </p>
    </div>
  )
}

function CallTable({ calls }: { readonly calls: readonly CallLine[] }): JSX.Element {
  const words = findWords()
  const shared = callWords()
  const ms = (value: number | undefined) => (value === undefined ? '' : duration(value))
  return (
    <Table
      caption={words.tableTitle}
      rows={calls}
      keyOf={({ id }) => id}
      columns={[
        {
          title: words.at,
          cell: ({ id, at }) => (
            <a class="call-link" href={hrefTo('calls', { rest: id })} aria-label={words.open(dateTime(at))}>
              {dateTime(at)}
            </a>
          ),
        },
        { title: shared.number, cell: ({ did }) => <bdi class="did">{did}</bdi> },
        { title: shared.caller, cell: (call) => <Who {...call} /> },
        {
          title: shared.plan,
          cell: ({ document, plan }) =>
            document === undefined ? (
              <span class="quiet">{shared.noPlan}</span>
            ) : (
              <a href={hrefTo('plans', { rest: document })}>
                {document}/{plan}
              </a>
            ),
        },
        { title: words.ending, cell: (call) => <EndingBadge {...call} /> },
        { title: shared.rang, isNumber: true, cell: ({ ringMs }) => ms(ringMs) },
        { title: shared.talked, isNumber: true, cell: ({ talkMs }) => ms(talkMs) },
      ]}
    />
  )
}

/** Fetched with the token, and handed to the browser as a file; the address of it is gone after that. */
function Download({ filters }: { readonly filters: Filters }): JSX.Element {
  const words = findWords()
  const [isLoading, setLoading] = useState(false)
  async function download(): Promise<void> {
    setLoading(true)
    try {
      const url = URL.createObjectURL(await readCallsAsCsv(asked(filters)))
      const link = document.createElement('a')
      link.href = url
      link.download =
        ['calls', ...Object.values(queryOf(filters))].join('-').replace(/[^\w.+-]+/g, '-') + '.csv'
      link.click()
      // The browser has begun to read it by then.
      setTimeout(() => URL.revokeObjectURL(url), 10_000)
      tell(words.csvDone)
    } catch (error) {
      if (!(error instanceof ApiFault)) throw error
      tellFault(error)
    } finally {
      setLoading(false)
    }
  }
  return (
    <Button disabled={isLoading} onClick={() => void download()}>
      {words.csv}
    </Button>
  )
}
