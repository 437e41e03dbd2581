/** One item of a report for people; the text may be longer than a terminal is wide, and continues below its own beginning. */
export interface ReportLine {
  /** What stands before the text. */
  readonly lead: string
  /** Values of plans, scripts and records are in it as they are. */
  readonly text: string
  readonly tone?: 'title' | 'note' | 'good' | 'bad'
}
