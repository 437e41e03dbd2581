/** What somebody sets going at the press of a button. */
import { useState } from 'preact/hooks'
import { type ApiFault, asFault } from './api/client.ts'

export interface Doing {
  readonly isDoing: boolean
  /** Why it failed the last time. */
  readonly fault: ApiFault | undefined
  /** Never rejects: what `act` throws becomes the fault. */
  run(act: () => Promise<void>): Promise<void>
}

const idle = { isDoing: false, fault: undefined } as const

export function useDoing(): Doing {
  const [state, setState] = useState<Omit<Doing, 'run'>>(idle)
  async function run(act: () => Promise<void>): Promise<void> {
    setState({ isDoing: true, fault: undefined })
    try {
      await act()
      setState(idle)
    } catch (error) {
      setState({ isDoing: false, fault: asFault(error) })
    }
  }
  return { ...state, run }
}
