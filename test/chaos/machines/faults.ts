/** What happens to the machines while calls come in, and what is done about it. */
import type { Cluster } from './database.ts'
import { cutOff, type Machine, mend } from './network.ts'

/** FreeSWITCH's with all that is not of the platform, the controllers', and the databases'. */
export const MACHINES = ['switch', 'a', 'b', 'c', 'primary', 'standby'] as const
export type AllMachines = Readonly<Record<(typeof MACHINES)[number], Machine>>

export interface Fault {
  readonly title: string
  /** The database has a standby. */
  readonly standby?: true
  /** One after the other. */
  readonly turns: readonly Turn[]
}

interface Turn {
  /** Of the time of the whole. */
  readonly from: number
  readonly to: number
  begin(machines: AllMachines, cluster: Cluster): Promise<void> | void
  end(machines: AllMachines, cluster: Cluster): Promise<void> | void
}

const cut = (name: keyof AllMachines, from: number, to: number): Turn => ({
  ...{ from, to },
  begin: (machines) => cutOff(machines[name]),
  end: (machines) => mend(machines[name]),
})

export const faults = {
  'machine-cut': { title: 'machines of controllers vanish', turns: [cut('a', 0.2, 0.4), cut('b', 0.6, 0.8)] },
  'database-killed': {
    title: 'the database is killed, and comes back',
    turns: [
      {
        ...{ from: 0.3, to: 0.5 },
        begin: (_, { primary }) => primary.kill(),
        end: (_, { primary }) => primary.start(),
      },
    ],
  },
  'database-cut': { title: "the database's machine is cut off", turns: [cut('primary', 0.3, 0.5)] },
  failover: {
    title: 'the database is killed, and a standby takes over',
    standby: true,
    turns: [
      {
        ...{ from: 0.3, to: 0.5 },
        begin: (_, { primary }) => primary.kill(),
        end: (_, { standby }) => standby!.promote(),
      },
    ],
  },
} satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof faults
