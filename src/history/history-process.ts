/** The process for a controller's history: keeps the index of the journal, and answers from it. It runs behind all calls. */
import { setImmediate as turn } from 'node:timers/promises'
import { logAtController as log, sayToController, superviseMe } from '../util/supervised-process.ts'
import { type CallIndex, openCallIndex } from './call-index.ts'
import { journalIn } from './journal-files.ts'
import type { EndedCalls, OwnFromHistory, ToHistory } from './messages.ts'
import { removeOldFiles, type Retention } from './retention.ts'
import { shippedIn } from './shipped.ts'

const READ_MS = 1000
const REMOVE_MS = 60_000
/** An answer waits so long for what was appended meanwhile. */
const CATCH_UP_MS = 500

superviseMe({
  name: 'the process for the history',

  start({ data, retention, isShared }: Extract<ToHistory, { say: 'start' }>) {
    let opened: CallIndex | undefined
    // A disk that is full, or not there, may be back later.
    const index = (): CallIndex => (opened ??= openCallIndex({ data, log }))
    let isClosed = false
    let isFailing = false
    let timer: NodeJS.Timeout | undefined

    /** Whether all is read; undefined: it cannot be. */
    function readOn(): boolean | undefined {
      try {
        const isWhole = index().readOn()
        if (isFailing) log('info', {}, 'the journal is read into its index again')
        isFailing = false
        return isWhole
      } catch (error) {
        if (!isFailing) log('error', { err: error }, 'the journal cannot be read into its index')
        isFailing = true
        return undefined
      }
    }

    async function readAll(): Promise<void> {
      while (!isClosed && readOn() === false) await turn()
      if (!isClosed) timer = setTimeout(() => void readAll(), READ_MS)
    }
    void readAll()

    function removeOld(kept: Retention): void {
      try {
        const { files, unshipped } = index().alone(() =>
          removeOldFiles(journalIn(data), kept, Date.now(), isShared ? shippedIn(data) : undefined),
        )
        if (unshipped.length > 0) {
          const message = 'old files of the journal are removed of which the database has not all'
          log('error', { files: unshipped }, message)
        }
        if (files.length === 0) return
        log('info', { files, ...kept }, 'old files of the journal are removed')
        const told: OwnFromHistory = { say: 'removed', files: files.length }
        sayToController(told)
      } catch (error) {
        log('error', { err: error }, 'old files of the journal cannot be removed')
      }
    }
    if (retention) removeOld(retention)
    const removing = retention && setInterval(removeOld, REMOVE_MS, retention)

    return {
      index,
      /** Whether all is read, within a moment. */
      catchUp(): boolean {
        const until = performance.now() + CATCH_UP_MS
        for (;;) {
          const isWhole = readOn()
          if (isWhole !== false || performance.now() > until) return isWhole === true
        }
      },
      close() {
        isClosed = true
        clearTimeout(timer)
        clearInterval(removing)
        opened?.close()
      },
    }
  },

  take(
    message: Exclude<ToHistory, { say: 'start' }>,
    { index, catchUp },
  ): EndedCalls | ReturnType<CallIndex['find']> {
    const isWhole = catchUp()
    return message.say === 'find'
      ? index().find(message.id)
      : { calls: index().list(message.query), missing: isWhole ? [] : ['older'] }
  },

  close: ({ close }) => close(),
})
