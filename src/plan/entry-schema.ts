import type { EntrySpec } from './document.ts'
import { LONGEST_NAME } from './lint/caps.ts'
import { objectSchema } from './schema-types.ts'

const audio = (when: string) => ({
  type: 'string',
  maxLength: LONGEST_NAME,
  description: `Name of an entry of \`audio\`: played ${when}.`,
})

/** The fields of section 4, shared by a webhook's `ivr` and the `ivr` step. */
export const entryProperties = {
  startMessage: audio('as the caller arrives'),
  errorMessage: audio('after a wrong entry'),
  timeoutMessage: audio('when nothing was entered in time'),
  timeoutSeconds: {
    type: 'number', minimum: 1, maximum: 60, default: 10,
    description: 'From the end of the prompt to the first digit.',
  },
  interDigitSeconds: {
    type: 'number', minimum: 1, maximum: 10, default: 3,
    description: 'A longer pause ends the entry, which counts.',
  },
  attempts: { type: 'integer', minimum: 1, maximum: 10, default: 3, description: 'Entries allowed; a timeout uses one up.' },
  minDigits: { type: 'integer', minimum: 1, maximum: 64, default: 1, description: 'Fewer digits are a wrong entry and ask no server.' },
  maxDigits: { type: 'integer', minimum: 1, maximum: 64, default: 20, description: 'Ends the entry at once.' },
  terminator: {
    enum: ['#', '*', 'none'], default: '#',
    description: 'Ends the entry; alone it is a wrong entry, while silence is a timeout.',
  },
} // prettier-ignore

export const entrySchema = objectSchema<EntrySpec>({
  title: 'ivr',
  description: 'The caller must first enter a code.',
  properties: entryProperties,
  required: ['startMessage'],
})
